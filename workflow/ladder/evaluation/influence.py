"""The influence of each image on a metric: near the data, the metric is a mean over images.

A function `(tally, labels, scores)` returns float64 [n]: for each image of a block, the derivative of the metric by the
image's weight, times the number of images N, where all images have the weight 1. `tally` is that of all images of the
run. The influences of all images sum to 0, so that value + influence has the metric's value as its mean over images.
In large samples the metric's variance over other images is that of this mean. Where a class has no image or is
never predicted, a metric may jump as the first one comes; such a jump is no part of an influence.

Sources: Efron, The Jackknife, the Bootstrap and Other Resampling Plans, 1982, chapter 6 (the infinitesimal jackknife);
for the area under the ROC curve DeLong, DeLong and Clarke-Pearson, Comparing the Areas under Two or More Correlated
Receiver Operating Characteristic Curves: A Nonparametric Approach, 1988.
"""

import numpy as np

from ladder.evaluation import tallies
from ladder.evaluation.tallies import Tally


def log_loss(tally: Tally, labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the loss of each image minus the mean loss."""
    return tallies.losses(labels, scores, tally.probabilities) - tally.loss / tally.images


def balanced_accuracy(tally: Tally, labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the influences on the mean recall of the classes that have images."""
    return _of_cells(_by_recall(tally) / np.count_nonzero(tally.confusion.sum(1)), labels, scores)


def macro_precision(tally: Tally, labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the influences on the mean precision of the classes."""
    return _of_cells(_by_precision(tally) / _present(tally), labels, scores)


def macro_recall(tally: Tally, labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the influences on the mean recall of the classes that have images or are predicted."""
    return _of_cells(_by_recall(tally) / _present(tally), labels, scores)


def macro_f1(tally: Tally, labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the influences on the mean F1 of the classes."""
    return _of_cells(_by_f1(tally, np.ones(len(tally.confusion))) / _present(tally), labels, scores)


def weighted_f1(tally: Tally, labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the influences on the mean F1 of the classes, weighted by their images.

    An image changes the F1 of its class and of the predicted class, and the weight of its class.
    """
    shares = tally.confusion.sum(1) / tally.images
    f1 = _f1(tally)
    return _of_cells(_by_f1(tally, shares) + (f1 - shares @ f1)[:, None], labels, scores)


def roc_auc(tally: Tally, labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the influences on the area under the ROC curve, the mean over the classes that have an area.

    The influence of an image on the area A of a class is (V - A) N / M. V is the image's placement, the share of the
    images on the other side (in the class or not) that it is ordered rightly with. M counts the images on its own side.
    """
    parts = []
    for ranking, own_scores, own in tally.ranked(labels, scores):
        area, _ = ranking.area()
        if not np.isnan(area):
            rest, members = ranking.sides
            parts.append((ranking.placements(own_scores, own) - area) * tally.images / np.where(own, members, rest))
    return sum(parts, np.zeros(len(labels))) / max(1, len(parts))


def _of_cells(cells: np.ndarray, labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the number of each image in `cells` [classes, classes], by its class and its predicted class."""
    return cells[labels, scores.argmax(1)]


def _by_recall(tally: Tally) -> np.ndarray:
    """Return N times the derivative of the sum of the recalls by each cell of the confusion."""
    own, rows = tally.confusion.diagonal(), tally.confusion.sum(1)
    return tally.images * _divided(np.eye(len(own)) - _divided(own, rows)[:, None], rows[:, None])


def _by_precision(tally: Tally) -> np.ndarray:
    """Return N times the derivative of the sum of the precisions by each cell of the confusion."""
    own, columns = tally.confusion.diagonal(), tally.confusion.sum(0)
    return tally.images * _divided(np.eye(len(own)) - _divided(own, columns), columns[None, :])


def _by_f1(tally: Tally, weights: np.ndarray) -> np.ndarray:
    """Return N times the derivative of the sum of weight times F1 by each cell of the confusion, at fixed weights."""
    change = _divided(weights * _f1(tally), _both(tally))
    own = 2 * _divided(weights, _both(tally))
    return tally.images * (np.diag(own) - change[:, None] - change)


def _f1(tally: Tally) -> np.ndarray:
    """Return the F1 of each class; 0 for a class that has no image and is never predicted."""
    return _divided(2 * tally.confusion.diagonal(), _both(tally))


def _both(tally: Tally) -> np.ndarray:
    """Return the images of each class plus the images predicted as the class."""
    return tally.confusion.sum(0) + tally.confusion.sum(1)


def _present(tally: Tally) -> int:
    """Return the number of classes that have images or are predicted."""
    return np.count_nonzero(_both(tally))


def _divided(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return part / whole; 0 where `whole` is 0."""
    shape = np.broadcast_shapes(part.shape, whole.shape)
    return np.divide(part, whole, out=np.zeros(shape), where=np.broadcast_to(whole, shape) > 0)
