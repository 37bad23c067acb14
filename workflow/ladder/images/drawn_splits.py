"""Splits that are drawn at random: stratified by class, or with whole groups."""

from fractions import Fraction

import numpy as np

from ladder.errors import LadderError

FOLDS = 20  # most folds that make up a share, where groups stay together


def draw(labels: np.ndarray, shares: dict[str, float], seed: int, groups: np.ndarray | None = None) -> np.ndarray:
    """Return the number of each image's split: 1, 2, ... for the splits of `shares` in their order, 0 for the rest.

    labels  class of each image, whole numbers [n]
    shares  split to its share of the images; a split gets this share of each class, and at least one image
    groups  group of each image, whole numbers [n]; a group is in one split, so that shares are approximate

    Raises LadderError for a class with fewer images than splits, or for fewer groups than splits.
    """
    splits = np.zeros(len(labels), np.int8)
    for number, share in enumerate(shares.values(), 1):
        left = np.flatnonzero(splits == 0)
        part = share * len(labels) / max(1, len(left))
        if groups is None:
            chosen = _of_each_class(labels[left], part, len(shares) - number + 1, seed + number - 1)
        else:
            chosen = _of_groups(labels[left], groups[left], part, seed + number - 1)
        splits[left[chosen]] = number
    return splits


def _of_each_class(labels: np.ndarray, share: float, splits: int, seed: int) -> np.ndarray:
    """Return the positions of the chosen images: `share` of each class, so that each later split can have one too."""
    random = np.random.RandomState(seed)  # its numbers are the same in every version of NumPy
    chosen = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        count = min(max(1, round(share * len(members))), len(members) - splits)
        chosen.append(random.permutation(members)[: max(0, count)])
    return np.concatenate(chosen)


def _of_groups(labels: np.ndarray, groups: np.ndarray, share: float, seed: int) -> np.ndarray:
    from sklearn.model_selection import StratifiedGroupKFold  # imported here, since its import is slow

    count = len(np.unique(groups))
    wanted = Fraction(share).limit_denominator(min(FOLDS, count))
    if count < 2 or not 0 < wanted < 1:
        raise LadderError(f"group: {count} groups are too few to give {share:.0%} of the images to a split")
    folds = StratifiedGroupKFold(wanted.denominator, shuffle=True, random_state=seed).split(labels, labels, groups)
    return np.sort(np.concatenate([fold for _, fold in list(folds)[: wanted.numerator]]))
