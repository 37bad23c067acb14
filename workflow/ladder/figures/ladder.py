"""Figure: every rung's error rate, with a dot per seed and the mean with its 95% interval."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator

from ladder.evaluation.marks import WORDS
from ladder.presentation.artifacts import Images
from ladder.presentation.lettering import RUNG, Names
from ladder.presentation.style import BLUE, INK, MUTED, WIDTH

TITLE = "The ladder"
SECTION = "results"
LONGEST = 2.5  # inches of a rung's name


def draw(validation: pd.DataFrame, metrics: pd.DataFrame, marks: pd.DataFrame, valid: Images) -> Figure:
    """Draw error rates on a logarithmic axis, lowest rung at the bottom. A marked rung is hollow and has its word."""
    means = validation.set_index("variant")
    places = marks.drop_duplicates("variant").set_index("variant")
    rungs = list(means.index)
    # A rung whose seeds all failed has no row in the table.
    for row in places.itertuples():
        if row.Index not in means.index:
            rungs.insert(row.place, row.Index)
    seeds = metrics[metrics["metric"] == "accuracy"]
    least = 0.5 / len(valid.labels)  # 0 mistakes are drawn as half a mistake, since a logarithmic axis has no 0
    figure = Figure(figsize=(WIDTH, 0.9 + 0.33 * len(rungs)))
    axes = figure.subplots()
    for height, rung in enumerate(rungs):
        marked = rung in places.index
        dots, line, face = (MUTED, MUTED, "white") if marked else (BLUE, INK, INK)
        words = [WORDS[places.loc[rung, "mark"]]] if marked else []
        if rung in means.index:
            row = means.loc[rung]
            errors = (1 - seeds.loc[seeds["variant"] == rung, "value"]).clip(lower=least)
            mean = max(1 - row["accuracy"], least)
            axes.scatter(errors, [height] * len(errors), s=16, color=dots, alpha=0.45, linewidths=0, zorder=2)
            low, high = (max(1 - row[end], least) for end in ("high", "low"))
            axes.hlines(height, low, high, color=line, linewidth=1.6, zorder=3)
            axes.scatter([mean], [height], s=34, marker="D", color=face, edgecolors=line, zorder=4)
            words.insert(0, f"{100 * (1 - row['accuracy']):.2f}%")
        _beside(axes, "  ".join(words), height)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}%"))
    axes.minorticks_off()
    names = Names(rungs, RUNG)
    names.ticks(axes.yaxis, list(range(len(names))), names.fitted(LONGEST, 9), color=INK)
    axes.set_ylim(-0.6, len(rungs) - 0.4)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("error rate on the validation images (smaller is better, to the left)")
    return figure


def _beside(axes: Axes, words: str, height: float) -> None:
    axes.annotate(words, (1.01, height), xycoords=("axes fraction", "data"), va="center", fontsize=8, color=MUTED)
