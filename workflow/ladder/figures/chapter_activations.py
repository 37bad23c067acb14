"""Figure: sigmoid and ReLU."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from ladder.presentation.style import BLUE, MUTED, ORANGE

TITLE = "Sigmoid and ReLU"
SECTION = "chapter"


def draw(activations: pd.DataFrame) -> Figure:
    """Draw the sigmoid with its slope, and the ReLU."""
    figure = Figure(figsize=(6.6, 2.5))
    left, right = figure.subplots(1, 2)
    x = activations["x"]
    left.plot(x, activations["sigmoid"], color=BLUE, linewidth=1.6, label="sigmoid")
    left.plot(x, activations["slope"], color=MUTED, linewidth=1.2, linestyle="--", label="its slope")
    left.legend(loc="upper left")
    left.set_title("sigmoid")
    right.plot(x, activations["relu"], color=ORANGE, linewidth=1.6)
    right.set_title("ReLU")
    for axes in (left, right):
        axes.set_xlabel("x")
        axes.xaxis.set_major_locator(MultipleLocator(2))
    return figure
