"""Figure: the accuracy of each rung by its confidence."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ladder.presentation.lettering import RUNG, Names
from ladder.presentation.style import BLUE, MUTED, WIDTH, panels, title, words_alone

TITLE = "Reliability"
SECTION = "trust"
COLUMNS = 5


def draw(calibration: pd.DataFrame, summary: pd.DataFrame) -> Figure:
    """Draw a reliability diagram for each rung whose scores are probabilities, with its expected calibration error."""
    filled = calibration[calibration["images"] > 0]
    rungs = list(dict.fromkeys(filled["variant"]))
    if not rungs:
        return words_alone("No rung of this study has probabilities for scores.")
    names = Names(rungs, RUNG)
    errors = summary[summary["metric"] == "calibration_error"].set_index("variant")["mean"]
    images = filled.groupby("variant")["images"].sum()
    figure, axes = panels(len(rungs), columns=COLUMNS, height=2.1, sharex=True, sharey=True)
    for place, (panel, rung) in enumerate(zip(axes, rungs, strict=True)):
        _panel(panel, filled[filled["variant"] == rung], images[rung])
        error = f"\nECE {errors[rung]:.4f}" if rung in errors else ""
        title(panel, names, place, WIDTH / COLUMNS - 0.25, error, fontsize=8)
    # With k classes no confidence is below 1/k, so the axis leaves out its empty part.
    axes[0].set_xlim(filled["low"].min(), 1.02)
    axes[0].set_ylim(-0.03, 1.04)
    for panel, below in zip(axes, [*axes[COLUMNS:], *[None] * COLUMNS]):
        panel.tick_params(labelsize=7, labelbottom=below is None)
    figure.supxlabel("confidence: probability of the predicted class", fontsize=9)
    figure.supylabel("accuracy", fontsize=9)
    return figure


def _panel(axes: Axes, bins: pd.DataFrame, images: float) -> None:
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    axes.vlines(
        bins["confidence"], bins["wilson_low"], bins["wilson_high"], color=BLUE, alpha=0.25, linewidth=2.4, zorder=2
    )
    axes.plot(bins["confidence"], bins["accuracy"], color=BLUE, linewidth=0.9, zorder=3)
    # A dot's area grows with the images of its bin, and the dot of a small bin stays visible.
    areas = 7 + 90 * bins["images"] / images
    look = {"color": BLUE, "edgecolors": "white", "linewidths": 0.5, "clip_on": False, "zorder": 4}
    axes.scatter(bins["confidence"], bins["accuracy"], s=areas, **look)
