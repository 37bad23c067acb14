"""Metrics by name: `metric(labels, scores)`, one number or one a class.

labels  [n] int64, the class of each image
scores  [n, classes] float64; the class of the highest score is the prediction

A metric that needs probabilities is not asked about scores that are none.
"""

from collections.abc import Callable

import numpy as np

from ladder import outcomes


def _of_probabilities(metric: Callable) -> Callable:
    metric.needs_probabilities = True
    return metric


def accuracy(labels: np.ndarray, scores: np.ndarray) -> float:
    """Share of the images whose prediction is right."""
    return float(np.mean(scores.argmax(1) == labels))


def precision(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Of the images predicted to be of a class, the share that is; NaN for a class never predicted."""
    counts = outcomes.confusion(labels, scores)
    return _ratio(counts.diagonal(), counts.sum(0))


def recall(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Of the images of a class, the share that is found."""
    counts = outcomes.confusion(labels, scores)
    return _ratio(counts.diagonal(), counts.sum(1))


def f1(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Harmonic mean of precision and recall of a class; 0 for a class never predicted."""
    counts = outcomes.confusion(labels, scores)
    return _ratio(2 * counts.diagonal(), counts.sum(0) + counts.sum(1))


@_of_probabilities
def log_loss(labels: np.ndarray, scores: np.ndarray) -> float:
    """Mean of -log p of the right class, in nats; p is kept above the smallest normal double."""
    return float(outcomes.losses(labels, scores, probabilities=True).mean())


@_of_probabilities
def calibration_error(labels: np.ndarray, scores: np.ndarray) -> float:
    """Expected calibration error: |accuracy - confidence| over equal bins of confidence, weighted by their images.

    Guo et al., On Calibration of Modern Neural Networks, 2017, equation 3. Confidence is the highest probability.
    """
    _, right, confidence = outcomes.calibration(labels, scores)
    return float(np.abs(right - confidence).sum() / len(labels))


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
