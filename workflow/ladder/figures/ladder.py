"""Every rung's error rate: each seed as a dot, the mean with its 95% interval."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator

from ladder.artifacts import Images
from ladder.plotting import BLUE, INK, MUTED, WIDTH

TITLE = "The ladder"
SECTION = "results"


def draw(summary: pd.DataFrame, metrics: pd.DataFrame, valid: Images) -> Figure:
    """Error rates on a logarithmic axis, lowest rung at the bottom."""
    means = summary[summary["metric"] == "accuracy"].reset_index(drop=True)
    seeds = metrics[metrics["metric"] == "accuracy"]
    least = 0.5 / len(valid.labels)  # no mistake at all: half an image, where a logarithm has no place for 0
    figure = Figure(figsize=(WIDTH, 0.9 + 0.33 * len(means)))
    axes = figure.subplots()
    for height, row in enumerate(means.itertuples()):
        errors = (1 - seeds.loc[seeds["variant"] == row.variant, "value"]).clip(lower=least)
        mean = max(1 - row.mean, least)
        axes.scatter(errors, [height] * len(errors), s=16, color=BLUE, alpha=0.45, linewidths=0, zorder=2)
        if row.n > 1:
            axes.hlines(height, max(1 - row.high, least), max(1 - row.low, least), color=INK, linewidth=1.6, zorder=3)
        axes.scatter([mean], [height], s=34, marker="D", color=INK, zorder=4)
        axes.annotate(
            f"{100 * (1 - row.mean):.2f}%",
            (1.01, height),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=8,
            color=MUTED,
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}%"))
    axes.minorticks_off()
    axes.set_yticks(range(len(means)), means["variant"], color=INK)
    axes.set_ylim(-0.6, len(means) - 0.4)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("error rate on the validation images (smaller is better, to the left)")
    return figure
