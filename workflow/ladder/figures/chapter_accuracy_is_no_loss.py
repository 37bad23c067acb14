"""Figure: accuracy and two losses while one weight changes."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from ladder.presentation.style import BLUE, MUTED, ORANGE, WIDTH

TITLE = "Accuracy is no loss"
SECTION = "chapter"
PANELS = (("accuracy", BLUE), ("mnist_loss", ORANGE), ("mse", ORANGE))


def draw(nudges: pd.DataFrame) -> Figure:
    """Draw three panels over the same nudges: the accuracy in steps, the two losses as smooth lines."""
    figure = Figure(figsize=(WIDTH, 2.3))
    for axes, (column, colour) in zip(figure.subplots(1, len(PANELS)), PANELS, strict=True):
        style = {"drawstyle": "steps-mid"} if column == "accuracy" else {}
        axes.plot(nudges["change"], nudges[column], color=colour, linewidth=1.4, **style)
        axes.axvline(0, color=MUTED, linewidth=0.8, linestyle=":")
        axes.set_title(column)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.ticklabel_format(axis="y", useOffset=False)
        if column == "accuracy":
            axes.yaxis.set_major_formatter(PercentFormatter(1))
    figure.supxlabel("added to the weight", fontsize=9)
    return figure
