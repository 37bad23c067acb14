"""Reads from a Figure object which picture is where, which way round, with which values."""

import numpy as np
import pandas as pd

from ladder.presentation import artifacts


class Pictures:
    """Images of a split, or means, as figures take them."""

    def __init__(self, images, classes=(), labels=()):
        self._images, self.classes, self.labels = images, list(classes), np.array(labels, dtype=np.int64)

    def __getitem__(self, number):
        return artifacts.shown(self._images[number])


def sheet_of(figure):
    """The one array that is drawn, RGB, and a function from inches to its pixels."""
    (image,) = figure.axes[0].images
    array = np.asarray(image.get_array())
    left, right, bottom, top = image.get_extent()
    return array, (array.shape[0] / (bottom - top), array.shape[1] / (right - left))


def texts_of(figure):
    return {text.get_text(): text.get_position() for text in figure.axes[0].texts if text.get_text()}


def places_of(figure, image):
    """The places of an RGB image in the sheet, in inches (x, y), from left to right and top to bottom."""
    array, (down, across) = sheet_of(figure)
    height, width = image.shape[:2]
    windows = np.lib.stride_tricks.sliding_window_view(array, (height, width, 3))[:, :, 0]
    equal = (windows == image).all(axis=(2, 3, 4))
    return sorted(((x / across, y / down) for y, x in np.argwhere(equal)), key=lambda place: place[::-1])


def patterned(count, shape=(28, 28), seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), dtype=np.uint8)


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


SUMMARY = pd.DataFrame(
    [
        {"variant": "low", "metric": "accuracy", "class": "", "mean": 0.8, "low": 0.7, "high": 0.9, "n": 2},
        {"variant": "top", "metric": "accuracy", "class": "", "mean": 1.0, "low": None, "high": None, "n": 1},
        {"variant": "top", "metric": "f1", "class": "a", "mean": 0.1, "low": None, "high": None, "n": 1},
    ]
)
