"""Tallies: counts of a run's predictions and sums of its losses, from which metrics are computed.

labels  [n] int64, the class of each image
scores  [n, classes] float64; the class of the highest score is the prediction
"""

from collections.abc import Iterator
from typing import Self

import numpy as np

from ladder.evaluation.ranking import Ranking

BINS = 15  # bins of confidence, as in Guo et al. 2017, section 4
CELLS, FEWEST = 1 << 15, 256  # cells of all rankings of a tally, and least cells of one ranking


class Tally:
    """Counts of a run's predictions. Its size does not grow with the number of images.

    confusion    int [classes, classes], the sum of the function `confusion`
    loss         the sum of the function `losses`
    calibration  [3, 15], the sum of the function `calibration`; zeros if the scores are no probabilities
    rankings     a ranking of the images for each class, by its score; for two classes, only the second class has one
    """

    def __init__(self, classes: int, probabilities: bool = True) -> None:
        self.probabilities = probabilities
        self.confusion = np.zeros((classes, classes), np.int64)
        self.loss = 0.0
        self.calibration = np.zeros((3, BINS))
        rankings = 1 if classes == 2 else classes
        cells = max(FEWEST, CELLS // rankings)
        self.rankings = [Ranking(cells, probabilities) for _ in range(rankings)]

    @classmethod
    def of(cls, labels: np.ndarray, scores: np.ndarray, probabilities: bool = True) -> Self:
        """Return the tally of all images at once."""
        tally = cls(scores.shape[1], probabilities)
        tally.add(labels, scores)
        return tally

    def add(self, labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
        """Count n more images; return their losses [n]."""
        image_losses = losses(labels, scores, self.probabilities)
        self.confusion += confusion(labels, scores)
        self.loss += float(image_losses.sum())
        if self.probabilities:
            self.calibration += calibration(labels, scores)
        for ranking, own_scores, own in self.ranked(labels, scores):
            ranking.add(own_scores, own)
        return image_losses

    def ranked(self, labels: np.ndarray, scores: np.ndarray) -> Iterator[tuple[Ranking, np.ndarray, np.ndarray]]:
        """Yield each ranking, the scores [n] by which it ranks n images, and which are of its class, bool [n]."""
        for label, ranking in enumerate(self.rankings, start=len(self.confusion) - len(self.rankings)):
            yield ranking, _ranked(scores, label, self.probabilities), labels == label

    @property
    def images(self) -> int:
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Share of images whose prediction is right."""
        return int(self.confusion.trace()) / self.images


def _ranked(scores: np.ndarray, label: int, probabilities: bool) -> np.ndarray:
    """Return the scores [n] that rank images for a class.

    For two classes the rank is the lead of the class's score over the other score. Probabilities of two classes have
    the order of this lead already.
    """
    if probabilities or scores.shape[1] != 2:
        return scores[:, label]
    return scores[:, label] - scores[:, 1 - label]


def confusion(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the number of images [classes, classes] by class (rows) and predicted class (columns)."""
    classes = scores.shape[1]
    return np.bincount(labels * classes + scores.argmax(1), minlength=classes * classes).reshape(classes, classes)


def losses(labels: np.ndarray, scores: np.ndarray, probabilities: bool) -> np.ndarray:
    """Return the loss of each image, [n]. For probabilities the loss is -log p of the right class, in nats.

    For other scores the loss is the highest score of a wrong class minus the score of the right class. p is at least
    the smallest normal double, so that the loss is finite.
    """
    own = np.take_along_axis(scores, labels[:, None], 1)[:, 0]
    if probabilities:
        return -np.log(np.maximum(own, np.finfo(np.float64).tiny))
    return without_own(labels, scores).max(1) - own


def calibration(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return [3, 15], three numbers for each of 15 bins of confidence of equal width.

    The numbers are the images in the bin, the images that are right, and the sum of the confidences. The scores are
    probabilities; the confidence of an image is its highest probability.
    """
    confidence, right = scores.max(1), scores.argmax(1) == labels
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return np.stack([np.bincount(bins, weights, BINS) for weights in (np.ones(len(bins)), right, confidence)])


def without_own(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return a copy of the scores in which the score of each image's own class is minus infinity."""
    wrong_scores = scores.copy()
    np.put_along_axis(wrong_scores, labels[:, None], -np.inf, 1)
    return wrong_scores
