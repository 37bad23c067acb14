"""Metrics by name: `metric(tally)` is one number, or one number a class, computed from an `evaluation.tallies.Tally`.

A metric's return annotation says how many numbers: `-> float` or `-> np.ndarray` [classes]. A metric that needs
probabilities is not computed for scores that are not probabilities. If the values of a metric are shares, the
interval of their mean is cut at 0 and 1.
"""

from collections.abc import Callable

import numpy as np

from ladder.evaluation.tallies import Tally


def _of_probabilities(metric: Callable) -> Callable:
    metric.needs_probabilities = True
    return metric


def _share(metric: Callable) -> Callable:
    metric.is_share = True
    return metric


@_share
def accuracy(tally: Tally) -> float:
    """Return the share of images whose prediction is right."""
    return tally.accuracy


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


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
