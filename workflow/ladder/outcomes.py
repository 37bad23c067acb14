"""What became of each image: counts of confusions, and how wrong each score is.

labels  [n] int64, the class of each image
scores  [n, classes] float64; the class of the highest score is the prediction
"""

import numpy as np


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


def without_own(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """A copy of the scores with that of each image's own class at minus infinity."""
    others = scores.copy()
    np.put_along_axis(others, labels[:, None], -np.inf, 1)
    return others
