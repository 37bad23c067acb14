"""Figure: validation error of each variant, epoch by epoch."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ladder.presentation.artifacts import Images, curves
from ladder.presentation.lettering import RUNG, Names
from ladder.presentation.style import BLUE, WIDTH, panels, title, words_alone

TITLE = "Learning curves"
SECTION = "training"
COLUMNS = 4


def draw(history: pd.DataFrame, valid: Images) -> Figure:
    """Draw one panel per variant, all with the same axis: the mean over seeds, and a band from best to worst seed.

    artifacts.curves chooses the epochs and seeds.
    """
    history = curves(history)
    variants = list(dict.fromkeys(history["variant"]))
    if not variants:
        return words_alone("No training run of this ladder has an epoch to show.")
    names = Names(variants, RUNG)
    figure, axes = panels(len(variants), columns=COLUMNS, height=1.75, sharey=True)
    least = 0.5 / len(valid.labels)
    for place, (panel, variant) in enumerate(zip(axes, variants, strict=True)):
        rows = history[history["variant"] == variant]
        errors = (1 - rows.pivot(index="epoch", columns="seed", values="accuracy")).clip(lower=least)
        epochs = errors.index.to_numpy() + 1
        low, mean, high = errors.min(axis=1), errors.mean(axis=1), errors.max(axis=1)
        if len(epochs) > 1:
            panel.fill_between(epochs, low, high, color=BLUE, alpha=0.2, linewidth=0)
            panel.plot(epochs, mean, color=BLUE, linewidth=1.4)
        else:
            panel.scatter(np.repeat(epochs, errors.shape[1]), errors.to_numpy()[0], s=14, color=BLUE, alpha=0.6)
            panel.set_xlim(0, 2)
        title(panel, names, place, WIDTH / COLUMNS - 0.2)
        panel.set_yscale("log")
        panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}%"))
        panel.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        panel.minorticks_off()
    figure.supxlabel("epoch", fontsize=9)
    figure.supylabel("validation error", fontsize=9)
    return figure
