"""Metrics by name: `metric(tally)`, one number or one a class, of an `outcomes.Tally`: what became of a run's images.

Its first line says which: `-> float` or `-> np.ndarray`. A metric that needs probabilities is not asked about scores
that are none. Of one whose values are shares, within 0 and 1, the interval of the mean is cut there.
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
    """Share of the images whose prediction is right."""
    return tally.accuracy


@_share
def precision(tally: Tally) -> np.ndarray:
    """Of the images predicted to be of a class, the share that is; NaN for a class never predicted."""
    return _ratio(tally.confusion.diagonal(), tally.confusion.sum(0))


@_share
def recall(tally: Tally) -> np.ndarray:
    """Of the images of a class, the share that is found."""
    return _ratio(tally.confusion.diagonal(), tally.confusion.sum(1))


@_share
def f1(tally: Tally) -> np.ndarray:
    """Harmonic mean of precision and recall of a class; 0 for a class never predicted."""
    return _ratio(2 * tally.confusion.diagonal(), tally.confusion.sum(0) + tally.confusion.sum(1))


@_of_probabilities
def log_loss(tally: Tally) -> float:
    """Mean of -log p of the right class, in nats; p is kept above the smallest normal double."""
    return tally.loss / tally.images


@_share
@_of_probabilities
def calibration_error(tally: Tally) -> float:
    """Expected calibration error: |accuracy - confidence| over equal bins of confidence, weighted by their images.

    Guo et al., On Calibration of Modern Neural Networks, 2017, equation 3. Confidence is the highest probability.
    """
    _, right, confidence = tally.calibration
    return float(np.abs(right - confidence).sum() / tally.images)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
