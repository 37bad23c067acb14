"""Figure: training and validation loss of each variant, epoch by epoch."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ladder.presentation.artifacts import curves
from ladder.presentation.lettering import RUNG, Names
from ladder.presentation.style import BLUE, ORANGE, WIDTH, panels, title, words_alone

TITLE = "Losses"
SECTION = "training"
COLUMNS = 4


def draw(history: pd.DataFrame) -> Figure:
    """Draw one panel per variant: means over seeds, with bands from the lowest seed to the highest.

    artifacts.curves chooses the epochs and seeds.
    """
    history = curves(history)
    variants = list(dict.fromkeys(history["variant"]))
    if not variants:
        return words_alone("No training run of this ladder has an epoch to show.")
    names = Names(variants, RUNG)
    figure, axes = panels(len(variants), columns=COLUMNS, height=1.75)
    for place, (panel, variant) in enumerate(zip(axes, variants, strict=True)):
        rows = history[history["variant"] == variant]
        for column, colour, label in (("train_loss", ORANGE, "training"), ("valid_loss", BLUE, "validation")):
            losses = rows.pivot(index="epoch", columns="seed", values=column)
            epochs = losses.index.to_numpy() + 1
            if len(epochs) > 1:
                panel.fill_between(epochs, losses.min(axis=1), losses.max(axis=1), color=colour, alpha=0.2, linewidth=0)
                panel.plot(epochs, losses.mean(axis=1), color=colour, linewidth=1.4, label=label)
            else:
                x = np.repeat(epochs, losses.shape[1])
                panel.scatter(x, losses.to_numpy()[0], s=14, color=colour, alpha=0.6, label=label)
                panel.set_xlim(0, 2)
        title(panel, names, place, WIDTH / COLUMNS - 0.2)
        panel.set_ylim(bottom=0)
        panel.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        panel.yaxis.set_major_locator(MaxNLocator(4))
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=2)
    figure.supxlabel("epoch", fontsize=9)
    figure.supylabel("loss (each variant has its own)", fontsize=9)
    return figure
