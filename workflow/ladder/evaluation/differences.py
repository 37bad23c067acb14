"""Rows of the table `differences`: pairs of rungs compared by other metrics than accuracy.

The difference of two rungs is that of their mean values over seeds. Near the data each metric is a mean over the
images of value + influence (influence.py), so the two-way random effects of a mean hold (two_way.py), with these
numbers as the y[r, i]. For the log-loss, which is a mean over images, this is exact; for other metrics it is the
infinitesimal jackknife, in place of a bootstrap, which would need the scores of all images in memory. Sources: Efron,
The Jackknife, the Bootstrap and Other Resampling Plans, 1982; DeLong, DeLong and Clarke-Pearson, 1988.

Seeds of two rungs are never compared pair by pair here, even if their runs share a start. Runs with the same seed that
have something in common differ less than this supposes, so the interval is rather too wide.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from ladder import metrics
from ladder.evaluation import paired, two_way
from ladder.evaluation.rung import Rung
from ladder.evaluation.statistics import LEVEL
from ladder.evaluation.two_way import Estimate
from ladder.formats import scores

DIFFERENCES = {
    "rung": "string",
    "other": "string",
    "metric": "string",
    "difference": "float64",
    "low": "float64?",
    "high": "float64?",
    "p_holm": "float64?",
    "distinguishable": "bool",
}
COMPARED_APART = "accuracy"  # the table `comparison` has its differences
ROUNDING = 1e-12  # a standard error below this share of the difference is 0 but for rounding

Pair = tuple[str, str]


class Sums:
    """Sums over the images of the influences on one metric: all that the variance of a difference needs.

    Its size does not grow with the images. Influences have a mean of 0, so no digits are lost to a large mean.

    pairs    pairs of rungs to compare
    squares  rung to the sum of squares over runs and images
    pooled   rung to the sum over images of the square of the mean over the runs
    apart    pair to the sum over images of the square of the difference of the two rungs' means over the runs
    """

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self.squares: dict[str, float] = defaultdict(float)
        self.pooled: dict[str, float] = defaultdict(float)
        self.apart: dict[Pair, float] = dict.fromkeys(pairs, 0.0)
        self._totals: dict[str, np.ndarray] = {}

    def add(self, rung: str, influences: np.ndarray) -> None:
        """Count one run of a rung on a block of n images, [n]."""
        self.squares[rung] += _squared(influences)
        self._totals[rung] = self._totals.get(rung, 0.0) + influences

    def end_block(self, runs: dict[str, int]) -> None:
        """End a block of images, of which all runs have been counted; `runs` is rung to its number of runs."""
        means = {rung: total / runs[rung] for rung, total in self._totals.items()}
        for rung, mean in means.items():
            self.pooled[rung] += _squared(mean)
        for first, second in self.apart:
            self.apart[first, second] += _squared(means[first] - means[second])
        self._totals = {}

    def estimate(self, pair: Pair, runs: dict[str, list[float]], trained: set[str], images: int) -> Estimate:
        """Return the difference of a pair, first minus second, with its variance over seeds and images.

        It is for other images alone if a trained rung of the pair has one seed.

        runs     rung to the metric's value for each run
        trained  rungs whose seeds are a sample; others have one result
        """
        seeded = [rung for rung in pair if rung in trained]
        if any(len(runs[rung]) == 1 for rung in seeded):
            seeded = []
        parts = tuple(
            two_way.part_of_residuals(runs[rung], self.squares[rung] - len(runs[rung]) * self.pooled[rung], images)
            for rung in seeded
        )
        first, second = (math.fsum(runs[rung]) / len(runs[rung]) for rung in pair)
        return Estimate(first - second, parts, self.apart[pair] / (images * max(1, images - 1)), images)


def difference_rows(
    rungs: list[Rung], pairs: Iterable[Pair], names: list[str], trained: set[str], alpha: float
) -> Iterator[dict]:
    """Yield one row per metric and pair of rungs, for pairs for which both rungs have the metric.

    The scores are read once more, a block of images at a time. Holm's family holds all pairs of one metric. If the
    metric differs and yet no image has an influence on either value, as with a rung that is right on all images and a
    rung that always predicts one class, the variance is not known: the interval and the p are empty, and count as 1.

    rungs    rungs whose scores have all been counted
    pairs    pairs of names, upper rung first
    names    metrics of the study; a metric that names no influences has no rows
    trained  rungs with seeds; a baseline has one result
    alpha    probability of calling any two rungs of a metric different that are not
    """
    values = {name: _values(name, rungs) for name in names if _has_influences(name)}
    sums = {name: Sums(pair for pair in pairs if set(pair) <= own.keys()) for name, own in values.items()}
    _count(rungs, {name: of_metric for name, of_metric in sums.items() if of_metric.apart})
    for name, of_metric in sums.items():
        estimates = {pair: of_metric.estimate(pair, values[name], trained, rungs[0].images) for pair in of_metric.apart}
        for row in _judged(estimates, alpha):
            yield row | {"metric": name}


def _judged(estimates: dict[Pair, Estimate], alpha: float) -> Iterator[dict]:
    known = [own.error > ROUNDING * abs(own.value) or own.value == 0 for own in estimates.values()]
    p = [own.p() if is_known else 1.0 for own, is_known in zip(estimates.values(), known, strict=True)]
    for (pair, own), is_known, adjusted in zip(estimates.items(), known, paired.holm(p), strict=True):
        low, high = own.interval(LEVEL) if is_known else (None, None)
        yield {
            "rung": pair[0],
            "other": pair[1],
            "difference": own.value,
            "low": low,
            "high": high,
            "p_holm": adjusted if is_known else None,
            "distinguishable": adjusted < alpha,
        }


def pairs_of(rows: list[dict], rungs: list[str]) -> list[Pair]:
    """Return each different pair in rows of `comparison` once, upper rung first; `rungs` has the lowest first.

    A pair with a rung that is not in `rungs`, such as chance where it is not in the ladder, is left out.
    """
    pairs = (
        tuple(sorted((row["rung"], row["other"]), key=rungs.index, reverse=True))
        for row in rows
        if {row["rung"], row["other"]} <= set(rungs)
    )
    return list(dict.fromkeys(pairs))


def _has_influences(name: str) -> bool:
    return name != COMPARED_APART and hasattr(getattr(metrics, name), "influence")


def _values(name: str, rungs: list[Rung]) -> dict[str, list[float]]:
    """Return the values of a metric for all runs, by rung, of the rungs that have a value for each run."""
    metric = getattr(metrics, name)
    needs = getattr(metric, "needs_probabilities", False)
    values = {
        rung.name: [metric(tally) for tally in rung.tallies.values()]
        for rung in rungs
        if rung.probabilities or not needs
    }
    return {rung: own for rung, own in values.items() if not any(map(math.isnan, own))}


def _count(rungs: list[Rung], sums: dict[str, Sums]) -> None:
    """Read the scores once more, and count the influences on each metric."""
    compared = {name: {rung for pair in of_metric.apart for rung in pair} for name, of_metric in sums.items()}
    wanted = [rung for rung in rungs if any(rung.name in names for names in compared.values())]
    runs = {rung.name: len(rung.tallies) for rung in wanted}
    for first in range(0, rungs[0].images if wanted else 0, scores.ROWS):
        for rung in wanted:
            for seed, labels, seed_scores in rung.blocks(first, first + scores.ROWS):
                for name, of_metric in sums.items():
                    if rung.name in compared[name]:
                        influence = getattr(metrics, name).influence
                        of_metric.add(rung.name, influence(rung.tallies[seed], labels, seed_scores))
        for of_metric in sums.values():
            of_metric.end_block(runs)


def _squared(values: np.ndarray) -> float:
    # Not a product of matrices, whose last bits depend on the number of threads.
    return float(np.square(values).sum())
