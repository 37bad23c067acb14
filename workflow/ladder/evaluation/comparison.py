"""Rows of the tables `validation` and `comparison`: intervals of accuracies, and tests of pairs of rungs.

Other seeds and other images could have given another result. The intervals `low` to `high` and the verdicts speak of
both at once (two_way.py).
"""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import BinaryIO

import numpy as np

from ladder.evaluation import judging, paired, statistics
from ladder.evaluation.judging import Pair, Rules
from ladder.evaluation.paired import Classifier, Comparison, Images
from ladder.evaluation.statistics import LEVEL
from ladder.evaluation.verdict import best_of, is_better

KINDS = ("adjacent", "best", "idea", "chance")
VALIDATION = {
    "variant": "string",
    "accuracy": "float64",
    "low": "float64",
    "high": "float64",
    "images": "int64",
    "images_low": "float64",
    "images_high": "float64",
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
    "one_seed": "bool",
    "seed_variance": "float64",
    "image_variance": "float64",
    "two_way_p": "float64?",
    "sign_flip_p": "float64",
    "p_holm": "float64",
    "distinguishable": "bool",
    "margin": "float64",
    "equivalence_holm": "float64?",
    "equivalent": "bool",
    "outperforms": "float64?",
    "outperforms_low": "float64?",
    "outperforms_high": "float64?",
    "detectable": "float64",
    "seeds_needed": "int64?",
    "images_needed": "int64?",
}
DECIDED = {"round": "int64?"}  # one more column in a study that trains more seeds in rounds


def columns(rules: Rules) -> dict[str, str]:
    """Return the columns of the table `comparison`."""
    return COMPARISON | (DECIDED if rules.seeds else {})


class Right:
    """The seeds of each rung that are right on each image, kept in a file to compare any two rungs.

    file   an empty file, open for reading and writing
    rungs  rung to its number of seeds
    """

    def __init__(self, file: BinaryIO, rungs: dict[str, int]) -> None:
        self._file, self._seeds = file, rungs
        ends = np.cumsum([_bytes(seeds) for seeds in rungs.values()]).tolist()
        self._begins = dict(zip(rungs, [0, *ends], strict=False))
        self._blocks: list[tuple[int, int]] = []  # a block's offset in the file, and its number of images

    def add(self, right: list[np.ndarray]) -> None:
        """Keep a block of n images: for each rung, whether each seed is right, bool [n, seeds]."""
        self._blocks.append((self._file.tell(), len(right[0])))
        for of_rung in right:
            self._file.write(np.packbits(of_rung, axis=1).tobytes())

    def pair(self, first: str, second: str, seeds: tuple[int, int] | None = None) -> Images:
        """Return what a comparison of two rungs knows of the images.

        seeds  how many of the first seeds of each rung to compare; all if it is not given
        """
        chosen = dict(zip((first, second), seeds or (self._seeds[first], self._seeds[second]), strict=True))
        base, counts, differ = chosen[second] + 1, [], 0
        for begin, images in self._blocks:
            ours, theirs = (self._of(rung, begin, images, chosen[rung]) for rung in (first, second))
            if ours.shape == theirs.shape:
                differ += int(_ones(ours ^ theirs).sum())
            counts.append(np.unique(_ones(ours) * base + _ones(theirs), return_counts=True))
        codes, images = statistics.summed(*(np.concatenate(arrays) for arrays in zip(*counts, strict=True)))
        return Images(np.stack(np.divmod(codes, base), axis=1), images, differ)

    def _of(self, rung: str, begin: int, images: int, seeds: int) -> np.ndarray:
        width = _bytes(self._seeds[rung])
        self._file.seek(begin + self._begins[rung] * images)
        bits = np.frombuffer(self._file.read(images * width), np.uint8).reshape(images, width)
        return bits[:, : _bytes(seeds)] & np.packbits(np.ones(seeds, bool))


def _bytes(seeds: int) -> int:
    return -(-seeds // 8)


def _ones(bits: np.ndarray) -> np.ndarray:
    return np.bitwise_count(bits).sum(axis=1, dtype=np.int64)


def validation_rows(rungs: dict[str, Classifier], right: dict[str, np.ndarray]) -> list[dict]:
    """Return one row per rung: its mean accuracy and the intervals of this mean.

    right  rung to int [seeds + 1]: the number of images on which 0, 1, ... seeds are right

    low, high   interval for other seeds and other images; for other images alone if there is one seed
    images_*    interval for other images alone: Wilson's
    seeds_*     interval for other training runs on the same images: Student's t over seeds; empty for one seed
    """
    rows = []
    for rung, classifier in rungs.items():
        over_seeds = statistics.spread(classifier.accuracies, share=True)
        images = int(right[rung].sum())
        low, high = _interval(classifier, right[rung])
        images_low, images_high = statistics.wilson(over_seeds.mean, images)
        rows.append(
            {
                "variant": rung,
                "accuracy": over_seeds.mean,
                "low": low,
                "high": high,
                "images": images,
                "images_low": images_low,
                "images_high": images_high,
                "seeds": over_seeds.n,
                "seeds_low": over_seeds.low,
                "seeds_high": over_seeds.high,
            }
        )
    return rows


def comparison_rows(
    ladder: list[str],
    rungs: dict[str, Classifier],
    right: Right,
    rules: Rules,
    chance: str | None = None,
    marked: set[str] = frozenset(),
    telling: set[str] = frozenset(),
    ideas: Callable[[dict[str, float], set[str]], list[tuple[str, str]]] | None = None,
) -> list[dict]:
    """Return one row per pair: `adjacent`, every rung against the rung below it; `best`, every other rung against the
    best; `idea`, the two rungs that show what an idea buys; `chance`, every rung against chance, in the ladder or not.

    ladder   the rungs, lowest first
    rungs    the rungs of the ladder, and `chance`
    right    the same
    chance   name of the classifier by the most frequent class; without it there are no rows of the kind `chance`
    marked   rungs that cannot be the best, whatever their accuracy
    telling  rungs that tell the classes apart, though they may not be better than chance (imbalance.py)
    ideas    function of the mean accuracies and all marked rungs, rungs at chance included; returns pairs to compare

    The best rung has the highest mean accuracy (`best_of`); it is chosen on the same images on which it is compared.
    Two rungs are distinguishable if every test of the rules has a p below alpha: the largest p of a pair is adjusted by
    Holm's method. Two rungs are equivalent if the p of two one-sided tests, adjusted likewise, is below alpha.
    Holm's family holds all different pairs of the table; a pair that is in the table twice counts once.

    A rung that is not better than chance, nor in `telling`, is marked too, and marks decide the best rung and the rungs
    of the ideas. So the pairs `adjacent` and `chance` are judged first, and pairs are added until there is none to add.
    A larger family has no smaller adjusted p, so a rung at chance stays at chance. A pair stays in the table even if
    one of its rungs turns out to be at chance later.
    """
    accuracy = {rung: statistics.spread(rungs[rung].accuracies).mean for rung in ladder}
    pairs = dict.fromkeys((upper, lower, "adjacent") for lower, upper in pairwise(ladder))
    if chance is not None:
        pairs |= dict.fromkeys((rung, chance, "chance") for rung in ladder if rung != chance)
    order = ladder if chance in ladder else [chance, *ladder]
    compared: dict[tuple[str, str], Pair] = {}
    while True:
        rows = _judged(sorted(pairs, key=lambda pair: KINDS.index(pair[2])), order, rungs, right, rules, compared)
        at_chance = {row["rung"] for row in rows if row["kind"] == "chance" and not is_better(row)}
        marked = marked | at_chance - telling
        best = best_of(accuracy, marked)
        chosen = [(rung, best, "best") for rung in ladder if rung != best]
        chosen += [(*pair, "idea") for pair in ideas(accuracy, marked)] if ideas else []
        if pairs.keys() >= set(chosen):
            return rows
        pairs |= dict.fromkeys(chosen)


def _judged(
    rows: list[tuple[str, str, str]],
    order: list[str],
    rungs: dict[str, Classifier],
    right: Right,
    rules: Rules,
    compared: dict[tuple[str, str], Pair],
) -> list[dict]:
    # Each pair is compared once, upper rung first, so that the two rows of a pair mirror each other to the last digit.
    pairs = list(dict.fromkeys(tuple(sorted(row[:2], key=order.index, reverse=True)) for row in rows))
    for pair in pairs:
        if pair not in compared:
            compared[pair] = judging.compared(pair, rungs, partial(right.pair, *pair), rules)
    judged = dict(zip(pairs, judging.verdicts({pair: compared[pair] for pair in pairs}, rules), strict=True))
    numbers = {pair: _numbers(compared[pair].whole) | own for pair, own in judged.items()}
    numbers |= {pair[::-1]: _numbers(compared[pair].whole.turned()) | own for pair, own in judged.items()}
    return [{"rung": rung, "other": other, "kind": kind} | numbers[rung, other] for rung, other, kind in rows]


def _interval(classifier: Classifier, right: np.ndarray) -> tuple[float, float]:
    """Return Wilson's interval for as many images as would alone give the variance over seeds and images.

    An interval of Student's t would reach beyond 100%, and would have no width if all images are right. Source of the
    effective number: Korn and Graubard, Confidence Intervals for Proportions with Small Expected Number of Positive
    Counts Estimated from Survey Data, 1998.
    """
    known = paired.accuracy(classifier, right)
    images = known.value * (1 - known.value) / known.variance if known.variance else known.images
    return statistics.wilson(known.value, images or known.images, known.quantile((1 + LEVEL) / 2))


def _numbers(pair: Comparison) -> dict:
    """Return the columns of the table that a pair has alone."""
    low, high = pair.estimate.interval(LEVEL)
    share, share_low, share_high = pair.outperforms or (None, None, None)
    return {
        "difference": pair.estimate.value,
        "low": low,
        "high": high,
        "one_seed": pair.one_seed,
        "seed_variance": pair.estimate.seed,
        "image_variance": pair.estimate.image,
        "two_way_p": None if pair.one_seed else pair.estimate.p(),
        "sign_flip_p": pair.sign_flip_p,
        "outperforms": share,
        "outperforms_low": share_low,
        "outperforms_high": share_high,
    }
