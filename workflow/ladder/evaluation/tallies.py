"""What became of each image: counts of confusions, and how wrong each score is.

labels  [n] int64, the class of each image
scores  [n, classes] float64; the class of the highest score is the prediction
"""

from typing import Self

import numpy as np

BINS = 15  # of confidence, as in Guo et al. 2017, section 4


class Tally:
    """What became of a run's images, in numbers that do not grow with them: what metrics are made of.

    confusion    int [classes, classes], as `confusion` below
    loss         sum of `losses`
    calibration  [3, 15], as `calibration` below; zeros where scores are no probabilities
    """

    def __init__(self, classes: int) -> None:
        self.confusion = np.zeros((classes, classes), np.int64)
        self.loss = 0.0
        self.calibration = np.zeros((3, BINS))

    @classmethod
    def of(cls, labels: np.ndarray, scores: np.ndarray, probabilities: bool = True) -> Self:
        """Of all images at once."""
        tally = cls(scores.shape[1])
        tally.add(labels, scores, probabilities)
        return tally

    def add(self, labels: np.ndarray, scores: np.ndarray, probabilities: bool) -> np.ndarray:
        """Count some more images; return their losses [n]."""
        found = losses(labels, scores, probabilities)
        self.confusion += confusion(labels, scores)
        self.loss += float(found.sum())
        if probabilities:
            self.calibration += calibration(labels, scores)
        return found

    @property
    def images(self) -> int:
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Share of the images whose prediction is right."""
        return int(self.confusion.trace()) / self.images


def confusion(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Images [classes, classes] by class (rows) and predicted class (columns)."""
    classes = scores.shape[1]
    return np.bincount(labels * classes + scores.argmax(1), minlength=classes * classes).reshape(classes, classes)


def losses(labels: np.ndarray, scores: np.ndarray, probabilities: bool) -> np.ndarray:
    """How wrong each image's scores are, [n]: -log p of the right class in nats, for scores that are probabilities.

    For other scores, by how much the best of the wrong classes beats the right one. p is kept above the smallest
    normal double, so that the loss is finite.
    """
    own = np.take_along_axis(scores, labels[:, None], 1)[:, 0]
    if probabilities:
        return -np.log(np.maximum(own, np.finfo(np.float64).tiny))
    return without_own(labels, scores).max(1) - own


def calibration(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """For 15 equal bins of confidence: images, how many of them are right, and the sum of their confidences, [3, 15].

    Scores are probabilities; confidence is the highest of them.
    """
    confidence, right = scores.max(1), scores.argmax(1) == labels
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return np.stack([np.bincount(bins, weights, BINS) for weights in (np.ones(len(bins)), right, confidence)])


def without_own(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """A copy of the scores with that of each image's own class at minus infinity."""
    others = scores.copy()
    np.put_along_axis(others, labels[:, None], -np.inf, 1)
    return others
