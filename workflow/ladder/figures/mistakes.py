"""The worst mistakes of each rung."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ladder.artifacts import Images
from ladder.plotting import INK, MUTED, WIDTH

TITLE = "Worst mistakes"
SECTION = "mistakes"
PAGE = False  # the page has a gallery instead, whose images can be pointed at
COLUMNS = 10
TITLES = 0.35  # of an image's height, for what is written above it


def draw(mistakes: pd.DataFrame, summary: pd.DataFrame, valid: Images) -> Figure:
    """One row a rung: its worst images by mean loss, each with its class and what it was taken for."""
    rungs = list(dict.fromkeys(summary["variant"]))
    height, width = valid[0].shape[:2]
    row_height, column_width = round(height * (1 + TITLES)), round(width * 1.3)
    # All images in one picture: axes of their own for each would take four times as long.
    sheet = np.full(
        (len(rungs) * row_height, COLUMNS * column_width, *valid[0].shape[2:]), 0 if valid[0].ndim == 2 else 255
    )
    figure = Figure(figsize=(WIDTH, 0.92 * len(rungs)))
    axes = figure.subplots()
    for line, rung in enumerate(rungs):
        rows = mistakes[mistakes["variant"] == rung].head(COLUMNS)
        bottom = (line + 1) * row_height
        for column, row in enumerate(rows.to_dict("records")):
            left = column * column_width
            sheet[bottom - height : bottom, left : left + width] = valid[row["image"]]
            title = f"{row['class']} as {row['predicted']}"
            axes.text(left + width / 2, bottom - height - 1, title, ha="center", va="bottom", fontsize=7, color=INK)
        if rows.empty:
            axes.text(0, bottom - height / 2, "no mistake", color=MUTED, va="center")
    axes.imshow(sheet, vmin=0, vmax=255, interpolation="nearest")
    axes.set_yticks([(line + 1) * row_height - height / 2 for line in range(len(rungs))], rungs, color=INK)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.grid(visible=False)
    return figure
