"""What became of each image: counts of confusions, and how wrong each score is.

labels  [n] int64, the class of each image
scores  [n, classes] float64; the class of the highest score is the prediction
"""

import numpy as np

BINS = 15  # of confidence, as in Guo et al. 2017, section 4


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
