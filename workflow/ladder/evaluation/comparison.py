"""Rows of the tables `validation` and `comparison`: intervals of accuracies, and tests of pairs of rungs.

accuracies  rung to the accuracy of each seed; lowest rung first
"""

from collections.abc import Callable
from itertools import pairwise
from typing import BinaryIO

import numpy as np

from ladder.evaluation import paired, statistics
from ladder.evaluation.verdict import best_of

ALPHA = 0.05
KINDS = ("adjacent", "best", "idea", "chance")
VALIDATION = {
    "variant": "string",
    "accuracy": "float64",
    "images": "int64",
    "wilson_low": "float64",
    "wilson_high": "float64",
    "bootstrap_low": "float64",
    "bootstrap_high": "float64",
    "seeds": "int64",
    "seeds_low": "float64?",
    "seeds_high": "float64?",
}
COMPARISON = {
    "rung": "string",
    "other": "string",
    "kind": "string",
    "difference": "float64",
    "low": "float64",
    "high": "float64",
    "rung_only": "int64",
    "other_only": "int64",
    "cohens_g": "float64?",
    "mcnemar_p": "float64",
    "mcnemar_holm": "float64",
    "permutation_p": "float64",
    "permutation_holm": "float64",
    "distinguishable": "bool",
}


class Right:
    """The number of seeds of each rung that are right on each image, kept in a file to compare any two rungs.

    file   an empty file, open for reading and writing
    seeds  rung to its number of seeds
    """

    def __init__(self, file: BinaryIO, seeds: dict[str, int]) -> None:
        self._file, self.seeds = file, seeds
        self._kind = np.min_scalar_type(max(seeds.values()))
        self._blocks: list[tuple[int, int]] = []  # a block's offset in the file, and its number of images

    def add(self, right: list[np.ndarray]) -> None:
        """Keep a block of n images: for each rung, the number of its seeds that are right, int [n]."""
        self._blocks.append((self._file.tell(), len(right[0])))
        self._file.write(np.stack(right).astype(self._kind).tobytes())

    def pairs(self, first: str, second: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the arrays `right` and `images` of two rungs (see paired.py)."""
        base, counts = self.seeds[second] + 1, []
        for begin, images in self._blocks:
            ours, theirs = (self._of(rung, begin, images) for rung in (first, second))
            counts.append(np.unique(ours * base + theirs, return_counts=True))
        codes, images = statistics.summed(*(np.concatenate(arrays) for arrays in zip(*counts, strict=True)))
        return np.stack(np.divmod(codes, base), axis=1), images

    def _of(self, rung: str, begin: int, images: int) -> np.ndarray:
        self._file.seek(begin + list(self.seeds).index(rung) * images * self._kind.itemsize)
        return np.frombuffer(self._file.read(images * self._kind.itemsize), self._kind).astype(np.int64)


def validation_rows(accuracies: dict[str, list[float]], right: dict[str, np.ndarray]) -> list[dict]:
    """Return one row per rung: its mean accuracy and the intervals of this mean.

    right  rung to int [seeds + 1]: the number of images on which 0, 1, ... seeds are right

    wilson_*, bootstrap_*  intervals for other images of the same kind: Wilson's interval, and a bootstrap over images
                           of the share of seeds that are right
    seeds_*                interval for other training runs on the same data: Student's t over seeds; empty for one seed
    """
    rows = []
    for rung, of_seeds in accuracies.items():
        over_seeds = statistics.spread(of_seeds, share=True)
        images, seen = int(right[rung].sum()), np.flatnonzero(right[rung])
        wilson = statistics.wilson(over_seeds.mean, images)
        bootstrap = [end / len(of_seeds) for end in statistics.bootstrap(seen, right[rung][seen])]
        rows.append(
            {
                "variant": rung,
                "accuracy": over_seeds.mean,
                "images": images,
                "wilson_low": wilson[0],
                "wilson_high": wilson[1],
                "bootstrap_low": bootstrap[0],
                "bootstrap_high": bootstrap[1],
                "seeds": over_seeds.n,
                "seeds_low": over_seeds.low,
                "seeds_high": over_seeds.high,
            }
        )
    return rows


def comparison_rows(
    accuracies: dict[str, list[float]],
    right: Right,
    chance: str | None = None,
    marked: set[str] = frozenset(),
    telling: set[str] = frozenset(),
    ideas: Callable[[dict[str, float], set[str]], list[tuple[str, str]]] | None = None,
) -> list[dict]:
    """Return one row per pair: `adjacent`, every rung against the rung below it; `best`, every other rung against the
    best; `idea`, the two rungs that show what an idea buys; `chance`, every rung against chance, in the ladder or not.

    right    the rungs and `chance`
    chance   name of the classifier by the most frequent class; without it there are no rows of the kind `chance`
    marked   rungs that cannot be the best, whatever their accuracy
    telling  rungs that tell the classes apart, though they may not be better than chance (imbalance.py)
    ideas    function of the mean accuracies and all marked rungs, rungs at chance included; returns pairs to compare

    The best rung has the highest mean accuracy (`best_of`); it is chosen on the same images on which it is compared.
    Holm's family, for each of the two tests, holds all different pairs of the table; a pair that is in the table twice
    counts once. Two rungs are distinguishable if the adjusted p of the permutation test is below 0.05.

    A rung that is not better than chance, nor in `telling`, is marked too, and marks decide the best rung and the rungs
    of the ideas. So the pairs `adjacent` and `chance` are judged first, and pairs are added until there is none to add.
    A larger family has no smaller adjusted p, so a rung at chance stays at chance. A pair stays in the table even if
    one of its rungs turns out to be at chance later.
    """
    names = list(accuracies)
    accuracy = {rung: statistics.spread(of_seeds).mean for rung, of_seeds in accuracies.items()}
    pairs = dict.fromkeys((upper, lower, "adjacent") for lower, upper in pairwise(names))
    if chance is not None:
        pairs |= dict.fromkeys((rung, chance, "chance") for rung in names if rung != chance)
    order = names if chance in names else [chance, *names]
    compared: dict[tuple[str, str], paired.Comparison] = {}
    while True:
        rows = _judged(sorted(pairs, key=lambda pair: KINDS.index(pair[2])), order, right, compared)
        at_chance = {row["rung"] for row in rows if row["kind"] == "chance" and not is_better(row)}
        marked = marked | at_chance - telling
        best = best_of(accuracy, marked)
        chosen = [(rung, best, "best") for rung in names if rung != best]
        chosen += [(*pair, "idea") for pair in ideas(accuracy, marked)] if ideas else []
        if pairs.keys() >= set(chosen):
            return rows
        pairs |= dict.fromkeys(chosen)


def is_better(row: dict) -> bool:
    """Return whether a row of the table says that its rung is better than the other rung."""
    return row["distinguishable"] and row["difference"] > 0


def _judged(
    rows: list[tuple[str, str, str]],
    order: list[str],
    right: Right,
    compared: dict[tuple[str, str], paired.Comparison],
) -> list[dict]:
    # Each pair is compared once, upper rung first, so that the two rows of a pair mirror each other to the last digit.
    pairs = dict.fromkeys(tuple(sorted(row[:2], key=order.index, reverse=True)) for row in rows)
    for pair in pairs:
        if pair not in compared:
            compared[pair] = paired.compare(tuple(right.seeds[rung] for rung in pair), *right.pairs(*pair))
    tests = ("mcnemar_p", "permutation_p")
    holm = [paired.holm([getattr(compared[pair], test) for pair in pairs]) for test in tests]
    adjusted = dict(zip(pairs, zip(*holm, strict=True), strict=True))
    return [
        _comparison_row(rung, other, kind, compared[rung, other], *adjusted[rung, other])
        if (rung, other) in pairs
        else _comparison_row(rung, other, kind, compared[other, rung].turned(), *adjusted[other, rung])
        for rung, other, kind in rows
    ]


def _comparison_row(
    rung: str, other: str, kind: str, result: paired.Comparison, mcnemar_holm: float, permutation_holm: float
) -> dict:
    return {
        "rung": rung,
        "other": other,
        "kind": kind,
        "difference": result.difference,
        "low": result.low,
        "high": result.high,
        "rung_only": result.first_only,
        "other_only": result.second_only,
        "cohens_g": result.cohens_g,
        "mcnemar_p": result.mcnemar_p,
        "mcnemar_holm": mcnemar_holm,
        "permutation_p": result.permutation_p,
        "permutation_holm": permutation_holm,
        "distinguishable": permutation_holm < ALPHA,
    }
