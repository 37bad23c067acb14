"""Cells of a heat map of error rates: colours, numbers, hatches, outlines and the scale."""

import math
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter

from ladder.config.swept_settings import text
from ladder.presentation.style import INK, MUTED

# The colours are perceptually uniform. Their order of lightness is the same for any colour vision and on grey paper.
COLOURS = matplotlib.colormaps["cividis_r"]
HATCHED = {"facecolor": "#e6e8ec", "edgecolor": MUTED, "hatch": "//////", "linewidth": 0}
CHARACTER, LINE = 0.062, 0.13  # inches: width of a character of 7 points, and height of its line
STEPS = ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7), tuple(np.arange(10, 100, 2) / 10))
MANY = 4000  # above this number of cells, the cells are drawn as one image, not as shapes


@dataclass(frozen=True)
class Scale:
    """A logarithmic scale of error rates, from the lowest to the highest."""

    low: float
    high: float

    @classmethod
    def of(cls, errors, least: float) -> "Scale":
        """Return the scale of all finite errors, from `least` on; a little wider if all errors are equal."""
        finite = np.asarray(errors, dtype=float)
        finite = np.maximum(finite[np.isfinite(finite)], least)
        low, high = (finite.min(), finite.max()) if len(finite) else (0.5, 1.0)
        return cls(low, high) if low < high else cls(low / 1.05, high * 1.05)

    @property
    def norm(self) -> LogNorm:
        return LogNorm(self.low, self.high, clip=True)

    @property
    def ticks(self) -> list[float]:
        """A few round error rates within the scale; the scale's ends if it is too narrow for round ones."""
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        for steps in STEPS:
            ticks = [step * 10.0**decade for decade in decades for step in steps]
            ticks = [tick for tick in ticks if self.low <= tick <= self.high]
            if len(ticks) >= 3:
                return ticks
        return [self.low, self.high]


def fill(axes: Axes, errors: np.ndarray, diverged: np.ndarray, scale: Scale, size: tuple[float, float]) -> None:
    """Colour a cell for each error rate [rows, columns], write accuracies if they fit, and hatch diverged cells.

    size  width and height of a cell in inches

    A cell whose error rate is NaN has no colour.
    """
    rows, columns = errors.shape
    edges = np.arange(columns + 1) - 0.5, np.arange(rows + 1) - 0.5
    coloured = np.ma.masked_invalid(errors)
    # Edges have the colours of their cells, since browsers would show white hairlines between cells without edges.
    lines = {"edgecolors": "face", "linewidth": 0.4, "rasterized": errors.size > MANY}
    axes.pcolormesh(*edges, coloured, cmap=COLOURS, norm=scale.norm, **lines)
    for row, column in np.argwhere(diverged):
        colours = HATCHED if np.isnan(errors[row, column]) else HATCHED | {"facecolor": "none"}
        axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, **colours))
    decimals = next((n for n in (2, 1) if (3 + n) * CHARACTER <= size[0] and size[1] >= LINE), None)
    if decimals is not None:
        for row, column in np.argwhere(np.isfinite(errors)):
            error = errors[row, column]
            written = f"{100 * (1 - error):.{decimals}f}"
            axes.text(column, row, written, ha="center", va="center", fontsize=7, color=_ink_on(scale.norm(error)))
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_xlim(-0.5, columns - 0.5)
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def outline(axes: Axes, place: tuple[int, int], rows: int = 1, **style: object) -> None:
    """Draw a frame around one cell, or around `rows` of a column."""
    row, column = place
    style.pop("label", None)
    frame = Rectangle((column - 0.5, row - 0.5), 1, rows, facecolor="none", zorder=4, clip_on=False, **style)
    axes.add_patch(frame)


def label(axes: Axes, which: str, values: list, size: float) -> None:
    """Write as many values along one axis (`which` is x or y) as fit if a cell is `size` inches long."""
    texts = [text(value) for value in values]
    needed = max(map(len, texts)) * 0.075 + 0.08 if which == "x" else LINE
    step = math.ceil(needed / size)
    places = range(0, len(texts), step)
    axis = {"x": axes.xaxis, "y": axes.yaxis}[which]
    axis.set_ticks(list(places), [texts[place] for place in places], fontsize=8, color=INK)


def colour_bar(figure: Figure, scale: Scale, **where: object) -> None:
    """Add a colour bar that shows the accuracy of each colour."""
    bar = figure.colorbar(ScalarMappable(scale.norm, COLOURS), **where)
    bar.ax.yaxis.set_minor_locator(FixedLocator([]))
    bar.set_ticks(scale.ticks, labels=[accuracy(tick) for tick in scale.ticks], fontsize=8)
    bar.ax.invert_yaxis()
    bar.ax.grid(visible=False)
    bar.set_label("accuracy")
    bar.outline.set_visible(False)


def error_axis(axes: Axes, scale: Scale) -> None:
    """Make the vertical axis a logarithmic one of error rates, labelled as accuracies, with the best at the top."""
    axes.set_yscale("log")
    axes.yaxis.set_minor_locator(FixedLocator([]))
    axes.yaxis.set_major_locator(FixedLocator(scale.ticks))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda error, _: accuracy(error)))
    room = (scale.high / scale.low) ** 0.05
    axes.set_ylim(scale.high * room, scale.low / room)


def accuracy(error: float) -> str:
    """Return the accuracy of an error rate, as a percentage without trailing zeros."""
    return f"{100 * (1 - error):.2f}".rstrip("0").rstrip(".") + "%"


def _ink_on(place: float) -> str:
    red, green, blue, _ = COLOURS(float(place))
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"
