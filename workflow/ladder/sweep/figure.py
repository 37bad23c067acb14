"""The figure of a sweep: a heat map of mean accuracy over the swept settings.

The two settings with the most values are rows and columns; each combination of the other settings is a panel. A sweep
of one setting has its seeds as rows, and above them the mean with its 95% interval. The colour follows the logarithm of
the error rate, as the axes of other figures do. So a tenth of a percent between good points is visible beside bad ones.
"""

from itertools import product

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ladder.config.swept_settings import OPTION, name_of
from ladder.presentation.style import BLUE, INK, WIDTH, panels
from ladder.sweep import cells
from ladder.sweep.cells import Scale
from ladder.sweep.points import best_of

ACROSS = 7.2  # most inches of all cells side by side
BEST = {"edgecolor": INK, "linewidth": 2.2, "label": "highest mean accuracy"}
OWN = {"edgecolor": INK, "linewidth": 1.4, "linestyle": (0, (2, 1.5)), "label": "the variant's own setting"}


def draw(over: dict[str, list], points: pd.DataFrame, runs: pd.DataFrame, images: int, own: str) -> Figure:
    """Draw the sweep.

    over     the values of each swept setting
    points, runs  the tables of the sweep
    images   number of validation images
    own      the point with the variant's own settings, which need not be among the points
    """
    least = 0.5 / images  # 0 mistakes are drawn as half a mistake, since a logarithmic scale has no 0
    points = points.set_index("point", drop=False)
    marks = {best_of(points): BEST, own: OWN}
    if best_of(points) == own:
        marks = {own: BEST | {"label": "highest mean accuracy, and the variant's own setting"}}
    figure = _draw_line(over, points, runs, least, marks) if len(over) == 1 else _draw_maps(over, points, least, marks)
    handles = [Patch(facecolor="none", **mark) for name, mark in marks.items() if name in points.index]
    ends = [end for end in ("diverged", "failed") if points[end].any()]
    if ends:
        handles.append(Patch(**cells.HATCHED, label=("" if len(over) == 1 else "a run ") + " or ".join(ends)))
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=8)
    return figure


def _draw_maps(over: dict[str, list], points: pd.DataFrame, least: float, marks: dict) -> Figure:
    down, across = sorted(sorted(over, key=lambda key: -len(over[key]))[:2], key=lambda key: len(over[key]))
    fixed_settings = {key: values for key, values in over.items() if key not in (down, across)}
    chosen = [dict(zip(fixed_settings, values, strict=True)) for values in product(*fixed_settings.values())]
    in_a_row = 1 if len(over[across]) > 8 else {1: 1, 2: 2, 4: 2}.get(len(chosen), 3)
    width = min(0.9, ACROSS / in_a_row / len(over[across]))
    height = min(0.36, max(0.12, 8 / len(over[down])))
    figure, axes = panels(
        len(chosen),
        in_a_row,
        len(over[down]) * height + (0.9 if fixed_settings else 0.6),
        width=min(WIDTH, width * len(over[across]) * in_a_row + 2.2),
        sharex=True,
        sharey=True,
    )
    errors = 1 - points["accuracy_mean"]
    scale = Scale.of(errors, least)
    lost = points["diverged"] + points["failed"]
    for number, (panel, fixed) in enumerate(zip(axes, chosen, strict=True)):
        names = [[name_of(_ordered(over, fixed | {down: y, across: x})) for x in over[across]] for y in over[down]]
        grid = np.vectorize(errors.get, otypes=[float])(names)
        cells.fill(panel, grid, np.vectorize(lost.get)(names) > 0, scale, (width, height))
        for place in np.ndindex(grid.shape):
            if mark := marks.get(names[place[0]][place[1]]):
                cells.outline(panel, place, **mark)
        cells.label(panel, "x", over[across], width)
        cells.label(panel, "y", over[down], height)
        panel.set_title(name_of({_short(key): value for key, value in fixed.items()}))
        if number % in_a_row == 0:
            panel.set_ylabel(_short(down))
        if number >= len(chosen) - in_a_row:
            panel.set_xlabel(_short(across))
            panel.tick_params(labelbottom=True)
    cells.colour_bar(figure, scale, ax=axes)
    return figure


def _draw_line(over: dict[str, list], points: pd.DataFrame, runs: pd.DataFrame, least: float, marks: dict) -> Figure:
    (setting, values), *_ = over.items()
    errors = 1 - runs.pivot(index="seed", columns="point", values="accuracy").reindex(columns=points.index)
    width, height = ACROSS / len(values), min(0.3, max(0.12, 4 / len(errors)))
    figure = Figure(figsize=(WIDTH, 3.3 + height * len(errors)))
    grid = figure.add_gridspec(2, 2, width_ratios=[45, 1], height_ratios=[2.2, max(0.4, height * len(errors))])
    above, below, beside = (figure.add_subplot(grid[place]) for place in ((0, 0), (1, 0), (1, 1)))
    scale = Scale.of(errors, least)
    _draw_means(above, points, values, least, marks)
    cells.fill(below, errors.to_numpy(), errors.isna().to_numpy(), scale, (width, height))
    for column, name in enumerate(points.index):
        if mark := marks.get(name):
            cells.outline(below, (0, column), rows=len(errors), **mark)
    for axes in (above, below):
        cells.label(axes, "x", values, width)
    above.tick_params(axis="x", labelbottom=False)
    above.set_xlim(below.get_xlim())
    cells.label(below, "y", list(errors.index), height)
    below.set(xlabel=_short(setting), ylabel="seed")
    cells.colour_bar(figure, scale, cax=beside)
    return figure


def _draw_means(axes: Axes, points: pd.DataFrame, values: list, least: float, marks: dict) -> None:
    """Draw the mean accuracy with its 95% interval: a line with a band over numbers, bars over other values."""
    places = np.arange(len(points))
    mean, low, high = ((1 - points[f"accuracy_{end}"]).clip(lower=least) for end in ("mean", "high", "low"))
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        axes.fill_between(places, low, high, color=BLUE, alpha=0.2, linewidth=0)
        axes.plot(places, mean, color=BLUE, linewidth=1.4, marker="o", markersize=2.5)
    else:
        axes.vlines(places, low, high, color=BLUE, linewidth=1.6)
        axes.scatter(places, mean, color=BLUE, s=18)
    for place, name in enumerate(points.index):
        if mark := marks.get(name):
            axes.axvline(place, color=INK, linewidth=1, linestyle=mark.get("linestyle", "-"), zorder=0)
    ends = pd.concat([mean, low, high]).dropna()
    if len(ends):
        cells.error_axis(axes, Scale.of(ends, least))
    axes.set_ylabel("mean accuracy")


def _ordered(over: dict[str, list], point: dict) -> dict:
    return {key: point[key] for key in over}


def _short(setting: str) -> str:
    return setting.removeprefix(OPTION).replace("_", " ")
