"""Rungs that are no competitors, and why: the table `marks`.

diverged, failed  The training of a seed did not finish (failures.csv of its block).
one_class         A seed predicts the same class for every image.
chance            The rung is not better than chance, by the verdict of the table `comparison`. Where classes have
                  unequal sizes, the rung's balanced accuracy is no higher than chance explains either (imbalance.py).
loss_rose         The loss of a seed ends more than 1% above its start, which is more than noise. The training loss of
                  the last epoch is compared with the training loss of the first. A recipe of one epoch has only one
                  training loss. There the validation loss is compared with the loss of a model that predicts the class
                  shares for every image, which is about the loss of an untrained model. The shares are as
                  training counts them, after `sampling` and `class_weights`. After one epoch, a loss that is not in
                  `SHARES` gives no mark.

One seed is enough to mark a rung, since the mean over seeds would hide it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from ladder.evaluation import verdict
from ladder.evaluation.tallies import Tally
from ladder.formats import tables
from ladder.formats.tables import Columns
from ladder.training import class_balance
from ladder.training.failures import FAILURES
from ladder.training.history import HISTORY

MARKS = {"variant": "string", "place": "int64", "mark": "string", "why": "string"}
# Mark to the word beside a rung's name. A rung with several marks has the word of the first.
WORDS = {
    "diverged": "diverged",
    "failed": "failed",
    "one_class": "one class",
    "chance": "at chance",
    "loss_rose": "loss rose",
}
RISE = 0.01  # share of the first loss: a rise above it is more than the noise of an epoch


def rows(rungs: Iterable[str], reasons: dict[str, dict[str, str]]) -> list[dict]:
    """Return the rows of the table, rung by rung and in the order of `WORDS`.

    rungs    the whole ladder; `place` is a rung's place in the ladder, from 0
    reasons  mark to the reasons of the rungs that have the mark
    """
    return [
        {"variant": rung, "place": place, "mark": mark, "why": reasons[mark][rung]}
        for place, rung in enumerate(rungs)
        for mark in WORDS
        if rung in reasons.get(mark, {})
    ]


def not_ended(failures: list[str], finished: dict[str, int]) -> dict[str, dict[str, str]]:
    """Return `diverged` and `failed` to the reasons of rungs: the number of seeds, and the reason of the first seed.

    failures  files of failures
    finished  rung to its number of seeds with scores
    """
    seeds: dict[str, list[dict]] = defaultdict(list)
    for row in _rows(failures, FAILURES):
        seeds[row["variant"]].append(row)
    reasons: dict[str, dict[str, str]] = {"diverged": {}, "failed": {}}
    for rung, ended in seeds.items():
        ended.sort(key=lambda row: row["seed"])
        total = len(ended) + finished.get(rung, 0)
        for kind, reason in reasons.items():
            if whys := [row["why"] for row in ended if row["kind"] == kind]:
                reason[rung] = f"{kind}{_in_seeds(len(whys), total)}: {whys[0]}"
    return reasons


def one_class(tallies: dict[str, list[Tally]]) -> dict[str, str]:
    """Return the reasons of rungs with a seed that predicts the same class for all images.

    tallies  rung to the tally of each seed
    """
    reasons = {}
    for rung, of_seeds in tallies.items():
        alone = sum(np.count_nonzero(tally.confusion.sum(0)) == 1 for tally in of_seeds)
        if alone:
            reasons[rung] = f"gives every image the same class{_in_seeds(alone, len(of_seeds))}"
    return reasons


def at_chance(comparison: list[dict], accuracy: float, telling: set[str] = frozenset()) -> dict[str, str]:
    """Return the reasons of rungs that are not better than chance.

    comparison  rows of the table `comparison`; only the rows of the kind `chance` are used
    accuracy    accuracy of always predicting the most frequent class
    telling     rungs that nevertheless tell the classes apart
    """
    return {
        row["rung"]: f"{verdict.phrase(row)}, which is right on {100 * accuracy:.2f}%"
        for row in comparison
        if row["kind"] == "chance" and not verdict.is_better(row) and row["rung"] not in telling
    }


def loss_rose(
    histories: list[str], failures: list[str], recipes: dict[str, dict], shares: np.ndarray, valid: np.ndarray
) -> dict[str, str]:
    """Return the reasons of rungs with a seed whose loss ends above its start.

    histories  files of histories
    failures   files of failures; their seeds are skipped, since their losses have no end
    recipes    variant to its `loss`, `sampling` and `class_weights`; weights by name are a list, one per class
    shares     share of each class among the training images, [classes]
    valid      share of each class among the validation images, [classes]
    """
    ends: dict[tuple[str, int], list[dict]] = {}
    for row in _rows(histories, HISTORY):
        key = row["variant"], row["seed"]
        ends[key] = [ends.get(key, [row])[0], row]
    for row in _rows(failures, FAILURES):
        ends.pop((row["variant"], row["seed"]), None)
    seeds: dict[str, dict[int, str | None]] = defaultdict(dict)
    for (rung, seed), (first, last) in sorted(ends.items()):
        seeds[rung][seed] = _rise(first, last, _start(recipes.get(rung), shares, valid))
    reasons = {}
    for rung, rises in seeds.items():
        if risen := {seed: rise for seed, rise in rises.items() if rise}:
            seed, rise = next(iter(risen.items()))
            which = f" (seed {seed})" if len(rises) > 1 else ""
            reasons[rung] = f"its loss ends above its start{_in_seeds(len(risen), len(rises))}: {rise}{which}"
    return reasons


def _start(recipe: dict | None, shares: np.ndarray, valid: np.ndarray) -> float | None:
    """Return the validation loss of a model that predicts the shares which training counts; None if it is unknown."""
    if recipe is None or recipe["loss"] not in SHARES:
        return None
    weights = class_balance.weights(recipe, shares)
    return float((valid * weights) @ SHARES[recipe["loss"]](class_balance.drawn(recipe, shares) * weights))


def _rise(first: dict, last: dict, of_shares: float | None) -> str | None:
    if first["epoch"] != last["epoch"]:
        start, end = first["train_loss"], last["train_loss"]
        course = f"in training from {start:.4g} in the first epoch to {end:.4g} in the last"
    elif of_shares is not None:
        start, end = of_shares, last["valid_loss"]
        course = f"after the one epoch {end:.4g} in validation, where predicting the classes' shares gives {start:.4g}"
    else:
        return None
    return course if end > start + RISE * abs(start) else None


def _one_against_the_rest(p: np.ndarray, distance: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return the loss of an image of each class, [classes], for a model that predicts the class shares p.

    Two classes have one output, whose distance to its target is the loss. k classes are k problems, weighted as in
    losses.py; the share q of a class is weighted in the same way, so q is 1/2 if all classes are equally frequent.
    """
    if len(p) == 2:
        return distance(1 - p)
    weight = len(p) - 1
    q = p * weight / (p * weight + 1 - p)
    return weight * distance(1 - q) + distance(q).sum() - distance(q)


# Name of a loss to its value for an image of each class, [classes], if a model predicts the shares p for every image.
SHARES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "cross_entropy": lambda p: -np.log(np.maximum(p, np.finfo(float).tiny)),
    "mnist_loss": lambda p: _one_against_the_rest(p, np.array),
    "mse": lambda p: (1 - p) ** 2 if len(p) == 2 else 1 - 2 * p + (p**2).sum(),
    "mse_sigmoid": lambda p: _one_against_the_rest(p, np.square),
}


def _in_seeds(count: int, seeds: int) -> str:
    if seeds == 1:
        return ""
    return f" in all {seeds} seeds" if count == seeds else f" in {count} of {seeds} seeds"


def _rows(paths: list[str], columns: Columns) -> Iterator[dict]:
    for path in paths:
        yield from tables.read(path, columns)
