"""Mean images of classes, and how far images are from one."""

import numpy as np

from ladder.formats.tensors import Split


def class_means(train: Split) -> np.ndarray:
    """Mean image of each class, float64 [classes, ...], pixels in 0..1."""
    classes = len(train.classes)
    sums, counts = 0, np.zeros(classes)
    for images, labels in train.chunks():
        # Sums of whole numbers are exact in double precision, in any order.
        members = np.eye(classes)[labels]
        sums = sums + np.tensordot(members.T, images.astype(np.float64), 1)
        counts += members.sum(0)
    return sums / counts.reshape(-1, *[1] * (sums.ndim - 1)) / 255


def l1(images: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Mean absolute difference of each image [n, ...] to one mean image [...]."""
    return np.abs(images - mean).mean(axis=tuple(range(1, images.ndim)))


def l2(images: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Root mean squared difference of each image [n, ...] to one mean image [...]."""
    return np.sqrt(np.square(images - mean).mean(axis=tuple(range(1, images.ndim))))
