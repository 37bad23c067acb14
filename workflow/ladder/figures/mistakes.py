"""The worst mistakes of each rung."""

import pandas as pd
from matplotlib.figure import Figure

from ladder.artifacts import Images
from ladder.plotting import MUTED, WIDTH, show_image

TITLE = "Worst mistakes"
SECTION = "mistakes"
PAGE = False  # the page has a gallery instead, whose images can be pointed at
COLUMNS = 10


def draw(mistakes: pd.DataFrame, summary: pd.DataFrame, valid: Images) -> Figure:
    """One row a rung: its worst images by mean loss, each with its class and what it was taken for."""
    rungs = list(dict.fromkeys(summary["variant"]))
    figure = Figure(figsize=(WIDTH, 0.92 * len(rungs)))
    axes = figure.subplots(len(rungs), COLUMNS, squeeze=False)
    for line, rung in zip(axes, rungs, strict=True):
        rows = list(mistakes[mistakes["variant"] == rung].itertuples())
        for panel, row in zip(line, rows):
            show_image(panel, valid[row.image], vmin=0, vmax=255)
            panel.set_title(f"{row[mistakes.columns.get_loc('class') + 1]} as {row.predicted}", fontsize=7, pad=2)
        for panel in line[len(rows) :]:
            panel.axis("off")
        if not rows:
            line[0].text(0, 0.5, "no mistake", color=MUTED, va="center")
        line[0].text(-0.2, 0.5, rung, transform=line[0].transAxes, ha="right", va="center", fontsize=8)
    return figure
