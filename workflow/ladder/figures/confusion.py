"""What each rung takes for what."""

import pandas as pd
from matplotlib.figure import Figure

from ladder.artifacts import Images
from ladder.plotting import INK, panels

TITLE = "Confusion matrices"
SECTION = "mistakes"
MANY = 4  # classes from which on only the mistakes are written into the cells


def draw(confusion: pd.DataFrame, valid: Images) -> Figure:
    """One matrix a rung: images of a class (rows) by predicted class (columns), the mean over seeds."""
    classes = valid.classes
    rungs = list(dict.fromkeys(confusion["variant"]))
    many = len(classes) >= MANY
    figure, axes = panels(len(rungs), columns=3 if many else 6, height=3.1 if many else 1.75)
    for panel, rung in zip(axes, rungs, strict=True):
        rows = confusion[confusion["variant"] == rung]
        counts = rows.pivot_table(index="class", columns="predicted", values="images", aggfunc="mean")
        counts = counts.loc[classes, classes].to_numpy()
        shares = counts / counts.sum(axis=1, keepdims=True)
        panel.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for i in range(len(classes)):
            for j in range(len(classes)):
                if many and (i == j or counts[i, j] < 0.05):
                    continue
                colour = "white" if shares[i, j] > 0.5 else INK
                size = 5.5 if many else 8
                panel.text(j, i, f"{round(counts[i, j], 1):g}", ha="center", va="center", color=colour, fontsize=size)
        panel.set_title(rung, fontsize=8)
        panel.set_xticks(range(len(classes)), classes)
        panel.set_yticks(range(len(classes)), classes)
        panel.tick_params(length=0, labelsize=7)
        panel.grid(visible=False)
    figure.supxlabel("predicted", fontsize=9)
    figure.supylabel("class", fontsize=9)
    return figure
