"""Which images are hard for all rungs, and which rungs make the same predictions.

votes  of each rung, int [n, classes]: how many of its seeds predict which class for some images
"""

from collections.abc import Iterator

import numpy as np

HARDEST = 20  # images kept, if there are no more that every run gets wrong
IMAGES = 2048  # at a time, in double precision


class Agreement:
    """How often rungs predict the same class.

    seeds  rung to how many seeds it has
    """

    def __init__(self, seeds: dict[str, int]) -> None:
        self._seeds, self._images = seeds, 0
        self._same = np.zeros((len(seeds), len(seeds)))

    def add(self, votes: list[np.ndarray]) -> None:
        """Count some more images."""
        for first in range(0, len(votes[0]), IMAGES):
            # Pairs of a seed of one and a seed of the other with the same class; doubles hold whole numbers to 2^53.
            some = np.stack([of[first : first + IMAGES].ravel() for of in votes]).astype(np.float64)
            self._same += some @ some.T
        self._images += len(votes[0])

    def rows(self) -> Iterator[dict]:
        """A row for each pair of rungs: the share of images for which both predict the same class.

        The mean over all pairs of a seed of one and a seed of the other, of one rung with itself over all pairs of
        different seeds (1 where there is a single seed).
        """
        for i, (rung, own) in enumerate(self._seeds.items()):
            for j, (other, theirs) in enumerate(self._seeds.items()):
                same, pairs = int(self._same[i, j]), own * theirs
                if i == j and own > 1:
                    same, pairs = same - own * self._images, own * (own - 1)
                yield {"variant": rung, "other": other, "agreement": same / (pairs * self._images)}


class Hardest:
    """The images that most rungs get wrong, the hardest first, and how many rungs and runs do."""

    def __init__(self, classes: list[str]) -> None:
        self._classes = classes
        self._rows: list[dict] = []

    def add(self, first: int, labels: np.ndarray, votes: list[np.ndarray]) -> None:
        """Look at some more images, of which the first has this number.

        A rung counts by the share of its seeds that are wrong, so that a rung with more seeds has no more to say.
        """
        right = [np.take_along_axis(of, labels[:, None], 1)[:, 0] for of in votes]
        seeds = [of[0].sum() for of in votes]
        rungs_wrong = np.sum([(n - of) / n for n, of in zip(seeds, right, strict=True)], axis=0)
        every_run = ~np.any(right, axis=0)
        # All that every run gets wrong, as their number is of interest; they come first.
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
        """A row an image, without its path."""
        return [row | {"rank": rank} for rank, row in enumerate(self._rows, start=1)]
