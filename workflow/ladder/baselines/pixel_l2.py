"""Pixel similarity by the root mean squared difference (fastai's book, chapter 4)."""

import numpy as np

from ladder.formats.tensors import Split
from ladder.images.means import class_means, l2

IDEA = "distance"
ABOUT = "The class whose mean image is nearest by the root mean squared difference of the pixels."


def fit(train: Split) -> dict[str, np.ndarray]:
    """Return `means`, the mean image of each class, float64 [classes, ...], pixels in 0..1."""
    return {"means": class_means(train)}


def scores(state: dict[str, np.ndarray], images: np.ndarray) -> np.ndarray:
    """Return the distance of each image to each mean image, negated."""
    pixels = images.astype(np.float64) / 255
    return np.stack([-l2(pixels, mean) for mean in state["means"]], axis=1)
