"""The mean image of each class: what pixel similarity compares with."""

import numpy as np
from matplotlib.figure import Figure

from ladder.artifacts import Images, shown
from ladder.plotting import panels, show_image

TITLE = "Mean images"
SECTION = "data"


def draw(means: np.ndarray, train: Images) -> Figure:
    """One mean image a class; of two classes also their difference."""
    images = means
    two = len(images) == 2
    count = len(images) + two
    figure, axes = panels(count, columns=10 if not two else 3, height=1.2 if not two else 1.7, width=5.1 if two else 9)
    for panel, image, name in zip(axes, images, train.classes):
        show_image(panel, shown(image), name, vmin=0, vmax=1)
    if two:
        difference = shown(images[0] - images[1])
        grey = difference if difference.ndim == 2 else difference.mean(axis=2)
        title = f"{train.classes[0]} minus {train.classes[1]}"
        show_image(axes[2], grey, title, cmap="RdBu_r", vmin=-1, vmax=1)
    return figure
