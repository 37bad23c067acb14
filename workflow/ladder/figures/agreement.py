"""Figure: how often two rungs predict the same class."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ladder.presentation.lettering import RUNG, Names
from ladder.presentation.style import INK, words_alone

TITLE = "Agreement"
SECTION = "mistakes"
ACROSS = 7.2  # most inches of all cells together
LONGEST = 1.8  # inches of a rung's name
FORMS = ((0.35, 1), (0.2, 0))  # (width of a cell in inches, decimals that fit); narrower cells have no number


def draw(agreement: pd.DataFrame) -> Figure:
    """Draw a matrix of rungs, from the least agreement (white) to the most (blue)."""
    rungs = list(dict.fromkeys(agreement["variant"]))
    if not rungs:
        return words_alone("No rung of this study has a result.")
    names = Names(rungs, RUNG)
    shares = agreement.pivot(index="variant", columns="other", values="agreement").loc[rungs, rungs].to_numpy()
    width, height = min(0.55, ACROSS / len(rungs)), min(0.42, ACROSS / len(rungs))
    figure = Figure(figsize=(2.2 + width * len(rungs), 1.4 + height * len(rungs)))
    axes = figure.subplots()
    lowest = np.nanmin(shares)
    axes.imshow(shares, cmap="Blues", vmin=lowest, vmax=1, aspect="auto")
    decimals = next((n for form, n in FORMS if width >= form), None)
    for i, j in np.ndindex(shares.shape) if decimals is not None else ():
        colour = "white" if shares[i, j] > (lowest + 1) / 2 else INK
        text = f"{100 * shares[i, j]:.{decimals}f}"
        axes.text(j, i, text, ha="center", va="center", color=colour, fontsize=min(7, 72 * width / 3))
    size = min(8, 72 * height)
    places, fitted = list(range(len(rungs))), names.fitted(LONGEST, size)
    names.ticks(axes.xaxis, places, fitted, rotation=40, ha="right", rotation_mode="anchor", fontsize=size, color=INK)
    names.ticks(axes.yaxis, places, fitted, fontsize=size, color=INK)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    return figure
