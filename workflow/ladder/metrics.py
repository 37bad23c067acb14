"""Metrics by name: `metric(tally)` is one number, or one number per class, computed from an `evaluation.tallies.Tally`.

A metric's return annotation says how many numbers: `-> float` or `-> np.ndarray` [classes]. A metric that needs
probabilities is not computed for scores that are not probabilities. If the values of a metric are shares, the
interval of their mean is cut at 0 and 1. A metric whose differences between rungs have an interval (the table
`differences`) names the function of evaluation/influence.py that says what each image contributes.
"""

import math
from collections.abc import Callable

import numpy as np

from ladder.evaluation import influence
from ladder.evaluation.tallies import Tally


def _of_probabilities(metric: Callable) -> Callable:
    metric.needs_probabilities = True
    return metric


def _share(metric: Callable) -> Callable:
    metric.is_share = True
    return metric


def _influenced(function: Callable) -> Callable:
    def declare(metric: Callable) -> Callable:
        metric.influence = function
        return metric

    return declare


@_share
def accuracy(tally: Tally) -> float:
    """Return the share of images whose prediction is right."""
    return tally.accuracy


@_share
@_influenced(influence.balanced_accuracy)
def balanced_accuracy(tally: Tally) -> float:
    """Return the mean recall of the classes that have images: the accuracy, if all classes were of one size."""
    return float(np.nanmean(recall(tally)))


@_share
@_influenced(influence.macro_precision)
def macro_precision(tally: Tally) -> float:
    """Return the mean precision of the classes; 0 counts for a class never predicted."""
    return _macro(precision(tally), tally)


@_share
@_influenced(influence.macro_recall)
def macro_recall(tally: Tally) -> float:
    """Return the mean recall of the classes; 0 counts for a class that is predicted and has no images."""
    return _macro(recall(tally), tally)


@_share
@_influenced(influence.macro_f1)
def macro_f1(tally: Tally) -> float:
    """Return the mean F1 of the classes."""
    return _macro(f1(tally), tally)


@_share
@_influenced(influence.weighted_f1)
def weighted_f1(tally: Tally) -> float:
    """Return the mean F1 of the classes, each weighted by its number of images."""
    return float(np.nan_to_num(f1(tally)) @ tally.confusion.sum(1) / tally.images)


@_share
@_influenced(influence.roc_auc)
def roc_auc(tally: Tally) -> float:
    """Return the area under the ROC curve, for more than two classes the mean over each class against the rest.

    The area is exact up to 32,768 different scores for two classes, and up to 32,768 / k per class for k classes.
    Beyond that, nearly equal scores count as equal (evaluation/ranking.py): the error is at most half the share of the
    pairs of images with nearly equal scores, and was below 0.00002 for ten classes. Images are ranked by the score of
    the class; for two classes whose scores are no probabilities, by the difference of the two scores. A class that has
    no image, or all images, is left out.
    """
    areas = [area for area, _ in (ranking.area() for ranking in tally.rankings) if not math.isnan(area)]
    return math.fsum(areas) / len(areas) if areas else math.nan


@_share
def precision(tally: Tally) -> np.ndarray:
    """Return the share of the images predicted as a class that belong to it; NaN for a class never predicted."""
    return _ratio(tally.confusion.diagonal(), tally.confusion.sum(0))


@_share
def recall(tally: Tally) -> np.ndarray:
    """Return the share of the images of a class that are predicted as this class."""
    return _ratio(tally.confusion.diagonal(), tally.confusion.sum(1))


@_share
def f1(tally: Tally) -> np.ndarray:
    """Return the harmonic mean of precision and recall of each class; 0 for a class never predicted."""
    return _ratio(2 * tally.confusion.diagonal(), tally.confusion.sum(0) + tally.confusion.sum(1))


@_of_probabilities
@_influenced(influence.log_loss)
def log_loss(tally: Tally) -> float:
    """Return the mean of -log p in nats, p the probability of the right class, at least the smallest normal double."""
    return tally.loss / tally.images


@_share
@_of_probabilities
def calibration_error(tally: Tally) -> float:
    """Return the expected calibration error: the mean of |accuracy - confidence| over bins, weighted by their images.

    Confidence is the highest probability of an image; the bins have equal widths. Source: Guo et al., On Calibration of
    Modern Neural Networks, 2017, equation 3.
    """
    _, right, confidence = tally.calibration
    return float(np.abs(right - confidence).sum() / tally.images)


def _macro(values: np.ndarray, tally: Tally) -> float:
    """Return the mean over the classes that have images or are predicted, as scikit-learn's `average="macro"`."""
    present = tally.confusion.sum(0) + tally.confusion.sum(1) > 0
    return float(np.nan_to_num(values[present]).mean())


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
