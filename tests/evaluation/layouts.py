"""Layouts of seeds by images: whether each seed of a classifier is right on each image."""

import numpy as np

from ladder.evaluation import paired
from ladder.evaluation.paired import Classifier, Comparison, Images


def classifier(right: np.ndarray, trained: bool = True) -> Classifier:
    """Return the classifier of a layout, bool [seeds, images]; its seeds are 0, 1, ..."""
    return Classifier(dict(enumerate(right.mean(1).tolist())), trained)


def images_of(first: np.ndarray, second: np.ndarray) -> Images:
    """Return what a comparison of two layouts knows of the images, without `comparison.Right`."""
    right, images = np.unique(np.stack([first.sum(0), second.sum(0)], axis=1), axis=0, return_counts=True)
    return Images(right, images, int((first != second).sum()) if first.shape == second.shape else 0)


def compare(
    first: np.ndarray, second: np.ndarray, trained: tuple[bool, bool] = (True, True), paired_seeds: bool = False
) -> Comparison:
    """Compare the classifiers of two layouts."""
    both = (classifier(right, own) for right, own in zip((first, second), trained, strict=True))
    return paired.compare(*both, images_of(first, second), paired_seeds)
