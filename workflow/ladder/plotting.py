"""How all figures look, and how they are saved: the same bytes for the same inputs."""

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from ladder.files import atomic

INK, MUTED, LINE = "#1f2430", "#6b7280", "#d6dae1"
BLUE, ORANGE = "#2563a8", "#d1662b"
WIDTH = 9.0  # inches, of a figure as wide as the report's column

STYLE = {
    # Ids in the SVG are hashes, and would be random without a salt.
    "svg.hashsalt": "digit-ladder",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "image.cmap": "gray_r",
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}


def apply_style() -> None:
    """Set matplotlib's defaults, before a figure is drawn."""
    matplotlib.rcParams.update(STYLE)


def save(figure: Figure, svg: str | Path, png: str | Path) -> None:
    """Save as SVG without a date, and as PNG."""
    for text in figure.findobj(Text):
        # The name of a class is no formula; what matplotlib itself writes along a logarithmic axis is one.
        if "$" in text.get_text() and "mathdefault" not in text.get_text():
            text.set_parse_math(False)
    with atomic(svg) as partial:
        figure.savefig(partial, format="svg", metadata={"Date": None})
    with atomic(png) as partial:
        figure.savefig(partial, format="png", dpi=144, metadata={"Software": None})


def panels(
    count: int, columns: int, height: float, width: float = WIDTH, **options: object
) -> tuple[Figure, list[Axes]]:
    """A figure of `count` small panels, `height` inches each; those of the last row that are not needed are removed."""
    columns = min(columns, count)
    rows = -(-count // columns)
    figure = Figure(figsize=(width, rows * height))
    axes = figure.subplots(rows, columns, squeeze=False, **options).ravel()
    for spare in axes[count:]:
        spare.remove()
    return figure, list(axes[:count])


def sentence(text: str) -> Figure:
    """A figure that says why there is nothing to draw."""
    figure = Figure(figsize=(WIDTH, 0.8))
    figure.text(0.5, 0.5, text, ha="center", va="center", color=INK)
    return figure


def show_image(axes: Axes, image: np.ndarray, title: str = "", **options: object) -> None:
    """Draw one image without ticks and frame."""
    axes.imshow(image, interpolation="nearest", **options)
    axes.set_title(title, fontsize=8)
    axes.axis("off")
