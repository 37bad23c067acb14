"""The scores of one rung, read a block of images at a time: memory use does not grow with the images."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ladder.evaluation import calibration, tallies
from ladder.formats import scores

WORST = 20  # mistakes kept
DENSE = 30  # up to this number of classes, every pair of classes has a row in `confusion`
CONFUSION = {"variant": "string", "seed": "int64", "class": "string", "predicted": "string", "images": "int64"}
MISTAKES = {
    "variant": "string",
    "rank": "int64",
    "image": "int64",
    "path": "string",
    "class": "string",
    "predicted": "string",
    "score": "float64",
    "predicted_score": "float64",
    "loss": "float64",
    "wrong": "int64",
    "seeds": "int64",
}


@dataclass(frozen=True)
class Block:
    """Predictions of all seeds of a rung for n images.

    labels  int [n], the class of each image
    votes   int [n, classes]: number of seeds that predict each class
    right   bool [n, seeds]: whether each seed is right
    """

    labels: np.ndarray
    votes: np.ndarray
    right: np.ndarray


class Rung:
    """A rung's scores files, and the counts made from them so far."""

    def __init__(self, name: str, files: list[str]) -> None:
        self.name = name
        described = [scores.describe(file) for file in files]
        # Sorted by seed, since the order of a sum of rounded numbers decides its last bits. Files without a finished
        # seed are left out.
        self._files = sorted((file for file in described if file.numbers), key=lambda file: file.numbers)
        first = (self._files or described)[0]
        self.classes, self.probabilities, self.images = first.classes, first.probabilities, first.images
        self.tallies = {
            seed: tallies.Tally(len(first.classes), first.probabilities)
            for file in self._files
            for seed in file.numbers
        }
        self.right = np.zeros(len(self.tallies) + 1, np.int64)
        self._worst: list[dict] = []

    @property
    def accuracies(self) -> dict[int, float]:
        """Seed to its accuracy."""
        return {seed: tally.accuracy for seed, tally in self.tallies.items()}

    def blocks(self, first: int, last: int) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """Yield (seed, labels [n], scores [n, classes]) of the images from `first` up to but without `last`."""
        for file in self._files:
            yield from scores.blocks(file, first, last)

    def add(self, first: int, last: int) -> Block:
        """Count the images from `first` up to but without `last`, and return their predictions."""
        votes, total, losses, predicted = 0, 0, 0, []
        identity = np.eye(len(self.classes), dtype=np.int32)
        for seed, labels, seed_scores in self.blocks(first, last):
            losses = losses + self.tallies[seed].add(labels, seed_scores)
            total = total + seed_scores
            predicted.append(seed_scores.argmax(1))
            votes = votes + identity[predicted[-1]]
        right = np.stack(predicted, axis=1) == labels[:, None]
        count, seeds = right.sum(1), len(self.tallies)
        self.right += np.bincount(count, minlength=len(self.right))
        self._keep_worst(first, labels, total / seeds, losses / seeds, seeds - count)
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
                "predicted": self.classes[predicted],
                "score": float(mean_scores[image, labels[image]]),
                "predicted_score": float(mean_scores[image, predicted]),
                "loss": float(losses[image]),
                "wrong": int(wrong[image]),
            }
            for image, predicted in zip(worst, taken_for, strict=True)
        ]
        self._worst.sort(key=lambda row: -row["loss"])
        del self._worst[WORST:]

    def confusion_rows(self) -> Iterator[dict]:
        """Yield the rows of the table `confusion`: all pairs of classes, zeros included.

        Above DENSE classes nearly all pairs have no image. Then each seed has a row for each pair that occurs in any
        seed.
        """
        total = sum(tally.confusion for tally in self.tallies.values())
        pairs = np.argwhere(total > 0) if len(self.classes) > DENSE else np.argwhere(total >= 0)
        for seed, tally in self.tallies.items():
            for (label, predicted), count in zip(pairs.tolist(), tally.confusion[*pairs.T].tolist(), strict=True):
                pair = {"class": self.classes[label], "predicted": self.classes[predicted]}
                yield {"variant": self.name, "seed": seed, **pair, "images": count}

    def mistake_rows(self) -> list[dict]:
        """Return the rows of the table `mistakes`: images that a seed gets wrong, by highest mean loss over seeds.

        The rows lack the `path` of the image.
        """
        about = {"variant": self.name, "seeds": len(self.tallies)}
        return [about | {"rank": rank} | row for rank, row in enumerate(self._worst, start=1)]

    def calibration_rows(self) -> list[dict]:
        """Return the rows of the table `calibration`; none if the scores are no probabilities."""
        seeds = [tally.calibration for tally in self.tallies.values()]
        return calibration.calibration_rows(self.name, seeds) if self.probabilities else []
