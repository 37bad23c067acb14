"""How often two rungs predict the same class."""

import pandas as pd
from matplotlib.figure import Figure

from ladder.plotting import INK

TITLE = "Agreement"
SECTION = "mistakes"


def draw(agreement: pd.DataFrame) -> Figure:
    """A matrix of rungs, from the least agreement (white) to the most (blue)."""
    rungs = list(dict.fromkeys(agreement["variant"]))
    shares = agreement.pivot(index="variant", columns="other", values="agreement").loc[rungs, rungs].to_numpy()
    figure = Figure(figsize=(2.2 + 0.55 * len(rungs), 1.4 + 0.42 * len(rungs)))
    axes = figure.subplots()
    lowest = shares.min()
    axes.imshow(shares, cmap="Blues", vmin=lowest, vmax=1, aspect="auto")
    for i, row in enumerate(shares):
        for j, share in enumerate(row):
            colour = "white" if share > (lowest + 1) / 2 else INK
            axes.text(j, i, f"{100 * share:.1f}", ha="center", va="center", color=colour, fontsize=7)
    axes.set_xticks(range(len(rungs)), rungs, rotation=40, ha="right", rotation_mode="anchor", fontsize=8, color=INK)
    axes.set_yticks(range(len(rungs)), rungs, fontsize=8, color=INK)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    return figure
