"""Classes of unequal sizes, where accuracy says little: a test of whether a rung still tells the classes apart."""

from collections.abc import Collection

import numpy as np

from ladder.evaluation.statistics import SEED
from ladder.evaluation.tallies import Tally

UNEQUAL = 1.5  # images of the largest class for each image of the smallest, above which sizes are unequal
ALPHA = 0.05
DRAWS = 9_999


def unequal(images: Collection[float]) -> bool:
    """Return whether classes with these numbers, or shares, of images are of unequal sizes."""
    return bool(max(images) > UNEQUAL * min(images))


def telling(tallies: dict[str, list[Tally]]) -> set[str]:
    """Return the rungs whose balanced accuracy is higher than chance explains.

    tallies  rung to the tally of each seed

    A classifier that ignores the image predicts a class for the same share of the images of every class; its balanced
    accuracy is about 1 / classes. The test draws the images of each class that such a classifier gets right, if
    it predicts each class as often as the rung does. p is (k + 1) / (draws + 1) for k draws with a balanced accuracy
    that is as high as the rung's mean over seeds (Phipson and Smyth, 2010). A draw is of a single seed, so the test is
    rather too strict. p is adjusted by Bonferroni's method for the number of rungs.
    """
    return {rung for rung, of_seeds in tallies.items() if _p(of_seeds) * len(tallies) < ALPHA}


def _p(tallies: list[Tally]) -> float:
    confusion = np.sum([tally.confusion for tally in tallies], axis=0)
    images = tallies[0].confusion.sum(1)
    has_images = images > 0
    recall = (confusion.diagonal()[has_images] / (images[has_images] * len(tallies))).mean()
    predicted = confusion.sum(0)[has_images] / confusion.sum()
    right = np.random.default_rng(SEED).binomial(images[has_images], predicted, (DRAWS, int(has_images.sum())))
    as_high = int(np.sum((right / images[has_images]).mean(1) >= recall - 1e-12))
    return (as_high + 1) / (DRAWS + 1)
