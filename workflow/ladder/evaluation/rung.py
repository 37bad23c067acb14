"""The runs of one rung, some images at a time: what evaluate keeps of them does not grow with the images."""

from dataclasses import dataclass

import numpy as np

from ladder.evaluation import calibration, tallies
from ladder.formats import scores

WORST = 20  # mistakes kept


@dataclass(frozen=True)
class Block:
    """Some images, by all seeds of a rung.

    labels  int [n]
    votes   int [n, classes]: how many seeds predict which class
    right   int [n]: how many seeds are right
    """

    labels: np.ndarray
    votes: np.ndarray
    right: np.ndarray


class Rung:
    """A rung's files of scores, and what has been counted of them."""

    def __init__(self, name: str, files: list[str]) -> None:
        self.name = name
        described = [scores.describe(file) for file in files]
        # In the order of their seeds, in which rounded numbers are added up; without those of which every seed failed.
        self._files = sorted((file for file in described if file.numbers), key=lambda file: file.numbers)
        first = (self._files or described)[0]
        self.classes, self.probabilities, self.images = first.classes, first.probabilities, first.images
        self.tallies = {seed: tallies.Tally(len(first.classes)) for file in self._files for seed in file.numbers}
        self.right = np.zeros(len(self.tallies) + 1, np.int64)
        self._worst: list[dict] = []

    @property
    def accuracies(self) -> list[float]:
        return [tally.accuracy for tally in self.tallies.values()]

    def add(self, first: int, last: int) -> Block:
        """Count the images from `first` to before `last`."""
        votes = total = losses = 0
        identity = np.eye(len(self.classes), dtype=np.int32)
        for file in self._files:
            for seed, labels, found in scores.blocks(file, first, last):
                losses = losses + self.tallies[seed].add(labels, found, self.probabilities)
                total = total + found
                votes = votes + identity[found.argmax(1)]
        right = np.take_along_axis(votes, labels[:, None], 1)[:, 0]
        self.right += np.bincount(right, minlength=len(self.right))
        seeds = len(self.tallies)
        self._keep_worst(first, labels, total / seeds, losses / seeds, seeds - right)
        return Block(labels, votes, right)

    def _keep_worst(
        self, first: int, labels: np.ndarray, mean_scores: np.ndarray, losses: np.ndarray, wrong: np.ndarray
    ) -> None:
        mistaken = np.flatnonzero(wrong)
        worst = mistaken[np.argsort(-losses[mistaken], kind="stable")][:WORST]
        taken_for = tallies.without_own(labels[worst], mean_scores[worst]).argmax(1)
        self._worst += [
            {
                "image": first + int(image),
                "class": self.classes[labels[image]],
                "predicted": self.classes[other],
                "score": float(mean_scores[image, labels[image]]),
                "predicted_score": float(mean_scores[image, other]),
                "loss": float(losses[image]),
                "wrong": int(wrong[image]),
            }
            for image, other in zip(worst, taken_for, strict=True)
        ]
        self._worst.sort(key=lambda row: -row["loss"])
        del self._worst[WORST:]

    def mistake_rows(self) -> list[dict]:
        """The images it gets most wrong, by their mean loss over its seeds, of those that some seed gets wrong."""
        about = {"variant": self.name, "seeds": len(self.tallies)}
        return [about | {"rank": rank} | row for rank, row in enumerate(self._worst, start=1)]

    def calibration_rows(self) -> list[dict]:
        """Rows of the table `calibration`; none where scores are no probabilities."""
        seeds = [tally.calibration for tally in self.tallies.values()]
        return calibration.calibration_rows(self.name, seeds) if self.probabilities else []
