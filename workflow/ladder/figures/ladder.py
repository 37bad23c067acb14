"""Every rung's error rate: each seed as a dot, the mean with its 95% interval."""

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator

from ladder.artifacts import Images
from ladder.lettering import RUNG, Names
from ladder.plotting import BLUE, INK, MUTED, WIDTH

TITLE = "The ladder"
SECTION = "results"
LONGEST = 2.5  # inches of a rung's name


def draw(summary: pd.DataFrame, metrics: pd.DataFrame, valid: Images) -> Figure:
    """Error rates on a logarithmic axis, lowest rung at the bottom; a rung without a result says so."""
    means = summary[summary["metric"] == "accuracy"].reset_index(drop=True)
    seeds = metrics[metrics["metric"] == "accuracy"]
    least = 0.5 / len(valid.labels)  # no mistake at all: half an image, where a logarithm has no place for 0
    figure = Figure(figsize=(WIDTH, 0.9 + 0.33 * len(means)))
    axes = figure.subplots()
    for height, row in enumerate(means.itertuples()):
        if math.isnan(row.mean):
            _beside(axes, "no result", height)
            continue
        errors = (1 - seeds.loc[seeds["variant"] == row.variant, "value"]).clip(lower=least)
        mean = max(1 - row.mean, least)
        axes.scatter(errors, [height] * len(errors), s=16, color=BLUE, alpha=0.45, linewidths=0, zorder=2)
        if row.n > 1:
            low, high = (min(max(1 - end, least), 1.0) for end in (row.high, row.low))
            axes.hlines(height, low, high, color=INK, linewidth=1.6, zorder=3)
        axes.scatter([mean], [height], s=34, marker="D", color=INK, zorder=4)
        _beside(axes, f"{100 * (1 - row.mean):.2f}%", height)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}%"))
    axes.minorticks_off()
    names = Names(list(means["variant"]), RUNG)
    names.ticks(axes.yaxis, list(range(len(names))), names.fitted(LONGEST, 9), color=INK)
    axes.set_ylim(-0.6, len(means) - 0.4)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("error rate on the validation images (smaller is better, to the left)")
    return figure


def _beside(axes: Axes, words: str, height: float) -> None:
    axes.annotate(words, (1.01, height), xycoords=("axes fraction", "data"), va="center", fontsize=8, color=MUTED)
