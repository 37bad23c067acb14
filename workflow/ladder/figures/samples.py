"""Some training images of each class."""

import numpy as np
from matplotlib.figure import Figure

from ladder.artifacts import Images
from ladder.plotting import WIDTH, show_image

TITLE = "Samples"
SECTION = "data"
COLUMNS = 14


def draw(train: Images) -> Figure:
    """One row a class, its images taken at equal distances through the files."""
    figure = Figure(figsize=(WIDTH, 0.68 * len(train.classes)))
    axes = figure.subplots(len(train.classes), COLUMNS, squeeze=False)
    for label, name in enumerate(train.classes):
        members = np.flatnonzero(train.labels == label)
        chosen = members[np.linspace(0, len(members) - 1, COLUMNS).astype(int)]
        for panel, image in zip(axes[label], chosen, strict=True):
            show_image(panel, train[int(image)], vmin=0, vmax=255)
        axes[label, 0].text(-0.15, 0.5, name, transform=axes[label, 0].transAxes, ha="right", va="center")
    return figure
