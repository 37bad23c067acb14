"""How often each rung is right when it says how sure it is."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ladder.plotting import BLUE, INK, LINE, MUTED, WIDTH, panels

TITLE = "Reliability"
SECTION = "trust"


def draw(calibration: pd.DataFrame, summary: pd.DataFrame) -> Figure:
    """One reliability diagram a rung whose scores are probabilities, with its expected calibration error."""
    rungs = list(dict.fromkeys(calibration["variant"]))
    if not rungs:
        return _nothing()
    filled = calibration[calibration["images"] > 0]
    errors = summary[summary["metric"] == "calibration_error"].set_index("variant")["mean"]
    images = filled.groupby("variant")["images"].sum()
    figure, axes = panels(len(rungs), columns=4, height=2.25, sharex=True, sharey=True)
    for panel, rung in zip(axes, rungs, strict=True):
        _panel(panel, filled[filled["variant"] == rung], images[rung])
        panel.set_title(rung if rung not in errors else f"{rung}   ECE {errors[rung]:.4f}", fontsize=8)
    # With k classes no confidence is below 1/k: the empty part of the axis is left out.
    axes[0].set_xlim(filled["low"].min(), 1.02)
    axes[0].set_ylim(-0.03, 1.04)
    for panel, below in zip(axes, [*axes[4:], *[None] * 4]):
        panel.tick_params(labelsize=7, labelbottom=below is None)
    figure.supxlabel("confidence: probability of the predicted class", fontsize=9)
    figure.supylabel("accuracy", fontsize=9)
    return figure


def _panel(axes: Axes, bins: pd.DataFrame, images: float) -> None:
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    axes.vlines(bins["confidence"], bins["wilson_low"], bins["wilson_high"], color=LINE, linewidth=2.2, zorder=2)
    axes.plot(bins["confidence"], bins["accuracy"], color=BLUE, linewidth=0.9, zorder=3)
    # Area grows with the images; one that holds none to speak of stays visible.
    areas = 7 + 90 * bins["images"] / images
    axes.scatter(
        bins["confidence"], bins["accuracy"], s=areas, color=BLUE, edgecolors="white", linewidths=0.5, zorder=4
    )


def _nothing() -> Figure:
    figure = Figure(figsize=(WIDTH, 0.8))
    figure.text(0.5, 0.5, "No rung of this study has probabilities for scores.", ha="center", va="center", color=INK)
    return figure
