"""Agreement of rungs in their predictions, and the images that are hard for all rungs.

votes  a rung's votes on n images, int [n, classes]: the number of its seeds that predict each class
"""

from collections.abc import Iterator

import numpy as np

HARDEST = 20  # images to keep; every image that all runs get wrong is kept too
IMAGES = 2048  # images counted at a time, in double precision
AGREEMENT = {"variant": "string", "other": "string", "agreement": "float64"}
HARD = {
    "rank": "int64",
    "image": "int64",
    "path": "string",
    "class": "string",
    "rungs_wrong": "float64",
    "rungs": "int64",
    "every_run_wrong": "bool",
}


class Agreement:
    """Counts how often two rungs predict the same class.

    seeds  rung to its number of seeds
    """

    def __init__(self, seeds: dict[str, int]) -> None:
        self._seeds, self._images = seeds, 0
        self._same = np.zeros((len(seeds), len(seeds)))

    def add(self, votes: list[np.ndarray]) -> None:
        """Count a block of images, given the votes of each rung."""
        for first in range(0, len(votes[0]), IMAGES):
            # Counts the pairs of seeds, one of each rung, that predict the same class. Doubles are exact up to 2^53.
            block = np.stack([rung_votes[first : first + IMAGES].ravel() for rung_votes in votes]).astype(np.float64)
            self._same += block @ block.T
        self._images += len(votes[0])

    def rows(self) -> Iterator[dict]:
        """Yield a row for each pair of rungs: the share of images for which both predict the same class.

        The share is the mean over all pairs of a seed of one rung and a seed of the other. For a rung with itself it is
        the mean over all pairs of different seeds, and 1 for a single seed.
        """
        for i, (rung, seeds) in enumerate(self._seeds.items()):
            for j, (other, other_seeds) in enumerate(self._seeds.items()):
                same, pairs = int(self._same[i, j]), seeds * other_seeds
                if i == j and seeds > 1:
                    same, pairs = same - seeds * self._images, seeds * (seeds - 1)
                yield {"variant": rung, "other": other, "agreement": same / (pairs * self._images)}


class Hardest:
    """Keeps the images that most rungs get wrong, the hardest first, and counts the rungs that get them wrong."""

    def __init__(self, classes: list[str]) -> None:
        self._classes = classes
        self._rows: list[dict] = []

    def add(self, first: int, labels: np.ndarray, votes: list[np.ndarray]) -> None:
        """Add a block of images, whose first image has the number `first`.

        A rung counts by the share of its seeds that are wrong, so that a rung with more seeds weighs no more.
        """
        right = [np.take_along_axis(rung_votes, labels[:, None], 1)[:, 0] for rung_votes in votes]
        seeds = [rung_votes[0].sum() for rung_votes in votes]
        rungs_wrong = np.sum([(n - seeds_right) / n for n, seeds_right in zip(seeds, right, strict=True)], axis=0)
        every_run = ~np.any(right, axis=0)
        # Every image that all runs get wrong is kept, since the page reports their number. They sort first.
        hardest = np.argsort(-rungs_wrong, kind="stable")[: max(HARDEST, int(every_run.sum()))]
        self._rows += [
            {
                "image": first + int(image),
                "class": self._classes[labels[image]],
                "rungs_wrong": float(rungs_wrong[image]),
                "rungs": len(votes),
                "every_run_wrong": bool(every_run[image]),
            }
            for image in hardest
            if rungs_wrong[image] > 0
        ]
        self._rows.sort(key=lambda row: -row["rungs_wrong"])
        del self._rows[max(HARDEST, sum(row["every_run_wrong"] for row in self._rows)) :]

    def rows(self) -> list[dict]:
        """Return one row per image, without its path."""
        return [row | {"rank": rank} for rank, row in enumerate(self._rows, start=1)]
