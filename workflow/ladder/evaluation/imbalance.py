"""Classes of unequal sizes: where accuracy says little, and whether a rung tells the classes apart all the same."""

from collections.abc import Collection

import numpy as np

from ladder.evaluation.statistics import SEED
from ladder.evaluation.tallies import Tally

UNEQUAL = 1.5  # classes are of unequal sizes if the largest has more than so many times the images of the smallest
ALPHA = 0.05
DRAWS = 9_999


def unequal(images: Collection[float]) -> bool:
    """Return whether classes with these numbers, or shares, of images are of unequal sizes."""
    return bool(max(images) > UNEQUAL * min(images))


def telling(tallies: dict[str, list[Tally]]) -> set[str]:
    """Return the rungs whose balanced accuracy is higher than chance explains.

    tallies  rung to the tally of each seed

    A classifier that ignores the image predicts a class for the same share of the images of every class; its balanced
    accuracy is 1 / classes, give or take. The test draws the images of each class that such a classifier gets right, if
    it predicts each class as often as the rung does. p is (k + 1) / (draws + 1) for k draws with a balanced accuracy
    that is as high as the rung's mean over seeds (Phipson and Smyth, 2010). A draw is of a single seed, so the test is
    rather too strict. It is adjusted by Bonferroni's method for the number of rungs.
    """
    return {rung for rung, of_seeds in tallies.items() if _p(of_seeds) * len(tallies) < ALPHA}


def _p(tallies: list[Tally]) -> float:
    confusion = np.sum([tally.confusion for tally in tallies], axis=0)
    images = tallies[0].confusion.sum(1)
    there = images > 0
    found = (confusion.diagonal()[there] / (images[there] * len(tallies))).mean()
    often = confusion.sum(0)[there] / confusion.sum()
    right = np.random.default_rng(SEED).binomial(images[there], often, (DRAWS, int(there.sum())))
    as_high = int(np.sum((right / images[there]).mean(1) >= found - 1e-12))
    return (as_high + 1) / (DRAWS + 1)
