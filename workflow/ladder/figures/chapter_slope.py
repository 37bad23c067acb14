"""Figure: x squared with its tangent, whose slope is the gradient."""

import numpy as np
from matplotlib.figure import Figure

from ladder.presentation.style import BLUE, INK, ORANGE

TITLE = "A slope"
SECTION = "chapter"


def draw(chapter: dict) -> Figure:
    """Draw the parabola, and the line with autograd's slope through one point of the parabola."""
    square = chapter["gradients"]["square"]
    at, value, slope = square["at"], square["value"], square["gradient"]
    figure = Figure(figsize=(4.6, 2.9))
    axes = figure.subplots()
    x = np.linspace(-1.5 * at, 1.5 * at, 91)
    axes.plot(x, x**2, color=BLUE, linewidth=1.6)
    near = np.array([at - 2, at + 1.4])
    axes.plot(near, value + slope * (near - at), color=ORANGE, linewidth=1.6)
    axes.scatter([at], [value], s=34, color=INK, zorder=3)
    axes.annotate(f"slope {slope:g}", (at, value), (-10, 4), textcoords="offset points", ha="right", color=ORANGE)
    axes.set_xlabel("x")
    axes.set_ylabel("x²")
    return figure
