"""Compare two classifiers on the same images: the difference of their accuracies, and tests against chance.

A classifier's value on an image is the share of its seeds that are right. The mean of this share over the images is the
mean accuracy over the seeds. The difference of two classifiers has two tests. The two-way test (two_way.py) asks what
other seeds and other images might change. The sign-flip test asks what other images might change; it is exact, so it
guards against the two-way test's normal approximation where only a handful of images tell the classifiers apart.
"""

import math
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.optimize import brentq

from ladder.evaluation import statistics, two_way
from ladder.evaluation.two_way import Estimate, Part

RESAMPLES = 9_999  # random draws of a permutation test that is too large to be exact
EXACT = 10**8  # up to this number of additions (0.05 s), a permutation test is exact


@dataclass(frozen=True)
class Classifier:
    """What a comparison knows of one classifier.

    by_seed  seed to its accuracy, in the order of the seeds
    trained  whether other seeds would give other results; a baseline has one result
    """

    by_seed: dict[int, float]
    trained: bool

    @property
    def accuracies(self) -> list[float]:
        return list(self.by_seed.values())

    @property
    def seeds(self) -> int:
        return len(self.by_seed)

    def first(self, seeds: int) -> Self:
        """Return the classifier with the first seeds alone."""
        return Classifier(dict(list(self.by_seed.items())[:seeds]), self.trained)


@dataclass(frozen=True)
class Images:
    """The images of a comparison of two classifiers, by the numbers of seeds that are right.

    right     int [k, 2]: numbers of seeds of the two classifiers that are right on an image
    images    int [k]: number of images with this row of `right`
    differ    number of pairs (seed, image) on which exactly one of the two classifiers' runs with this seed is right;
              it has a meaning only if both classifiers have the same seeds
    """

    right: np.ndarray
    images: np.ndarray
    differ: int


@dataclass(frozen=True)
class Comparison:
    """The first classifier against the second.

    estimate     the difference, first minus second mean accuracy, with its variance over seeds and images
    adjusted     the same with one more image on which only the first is right, and one on which only the second is
                 (Bonett and Price, Adjusted Wald Confidence Interval for a Difference of Binomial Proportions Based on
                 Paired Data, 2012), so that no discordant image among few images is no proof of equality
    sign_flip_p  two-sided p, not adjusted for other comparisons; 0 if below the smallest double
    outperforms  the probability that a seed of the first is better than a seed of the second, and its 95% interval
    one_seed     whether a trained classifier has one seed: then the estimate is for other images alone

    `outperforms` is None if a trained classifier has one seed, and for two baselines.
    """

    estimate: Estimate
    adjusted: Estimate
    sign_flip_p: float
    outperforms: tuple[float, float, float] | None
    one_seed: bool

    def turned(self) -> Self:
        """Return the comparison of the second classifier against the first."""
        share = self.outperforms and tuple(1.0 - end for end in (self.outperforms[i] for i in (0, 2, 1)))
        estimates = (replace(known, value=0.0 - known.value) for known in (self.estimate, self.adjusted))
        return Comparison(*estimates, self.sign_flip_p, share, self.one_seed)


def compare(first: Classifier, second: Classifier, images: Images, paired: bool = False) -> Comparison:
    """Compare two classifiers.

    paired  whether runs of both with the same seed have something in common, such as their start; both have the same
            seeds, which are then compared pair by pair
    """
    both = (first, second)
    unit = math.lcm(first.seeds, second.seeds)  # the differences of the shares are whole numbers of 1 / unit
    values, counts = statistics.summed(images.right @ [unit // first.seeds, -unit // second.seeds], images.images)
    total, squares, n = int(values @ counts), int(values**2 @ counts), int(counts.sum())
    one_seed = any(own.trained and own.seeds == 1 for own in both)
    if one_seed:
        parts = ()
    elif paired:
        parts = (_of_pairs(first, second, squares / unit**2, images.differ, n),)
    else:
        parts = tuple(
            _of_seeds(own, images.right[:, place], images.images) for place, own in enumerate(both) if own.trained
        )
    return Comparison(
        estimate=_estimate(total, squares, unit, n, parts),
        adjusted=_estimate(total, squares + 2 * unit**2, unit, n + 2, parts),
        sign_flip_p=sign_flip(values, counts),
        outperforms=None if one_seed or not any(own.trained for own in both) else outperforming(first, second, paired),
        one_seed=one_seed,
    )


def _estimate(total: int, squares: int, unit: int, images: int, parts: tuple[Part, ...]) -> Estimate:
    """Return the estimate of a mean over images from the sum of whole numbers of 1 / unit, and of their squares."""
    spread = (images * squares - total**2) / (unit**2 * images * max(1, images - 1))
    return Estimate(total / (unit * images), parts, spread / images, images)


def accuracy(own: Classifier, right: np.ndarray) -> Estimate:
    """Return the estimate of a classifier's mean accuracy.

    right  int [seeds + 1]: number of images on which 0, 1, ... seeds are right
    """
    counts = np.arange(own.seeds + 1)
    parts = (_of_seeds(own, counts, right),) if own.trained and own.seeds > 1 else ()
    return _estimate(int(counts @ right), int(counts**2 @ right), own.seeds, int(right.sum()), parts)


def _of_seeds(own: Classifier, right: np.ndarray, images: np.ndarray) -> Part:
    n = int(images.sum())
    return two_way.part(own.accuracies, float(right @ images), float(right**2 @ images) / own.seeds**2, n)


def _of_pairs(first: Classifier, second: Classifier, pooled: float, differ: int, images: int) -> Part:
    means = [ours - theirs for ours, theirs in zip(first.accuracies, second.accuracies, strict=True)]
    return two_way.part(means, differ, pooled, images)


def outperforming(first: Classifier, second: Classifier, paired: bool) -> tuple[float, float, float]:
    """Return the probability that a seed of the first is more accurate than a seed of the second, and its 95% interval.

    The probability is the share of the pairs of seeds in which the first is better; equally good counts half. Source:
    Bouthillier et al., Accounting for Variance in Machine Learning Benchmarks, 2021. Their bootstrap has no width where
    the first is better in all pairs, so the intervals are Wilson's for pairs of the same seed and for a baseline,
    and Newcombe's method 5 for all pairs of seeds (Confidence Intervals for an Effect Size Measure
    Based on the Mann-Whitney Statistic, 2006).
    """
    ours, theirs = np.array(first.accuracies), np.array(second.accuracies)
    if not paired:
        ours = ours[:, None]
    share = float(np.mean((ours > theirs) + 0.5 * (ours == theirs)))
    if paired or not (first.trained and second.trained):
        return share, *statistics.wilson(share, max(first.seeds, second.seeds))
    return share, *_newcombe(share, first.seeds, second.seeds)


def _newcombe(share: float, first: int, second: int) -> tuple[float, float]:
    mean = (first + second) / 2

    def excess(true: float) -> float:
        more = (mean - 1) * ((1 - true) / (2 - true) + true / (1 + true))
        return (share - true) ** 2 - statistics.NORMAL**2 * true * (1 - true) * (1 + more) / (first * second)

    # A share of 0 or 1 has the excess 0 itself, but the search for its other end begins where the excess is below 0.
    inside = min(max(share, 1e-12), 1 - 1e-12)
    return brentq(excess, 0.0, inside), brentq(excess, inside, 1.0)


def sign_flip(values: np.ndarray, images: np.ndarray) -> float:
    """Return the two-sided p of the paired permutation test.

    values  differences between the classifiers, whole numbers in any unit
    images  number of images with each difference

    If the classifiers were alike, each difference would be equally likely with the other sign. p is the probability
    that the sum is then as far from 0 as the observed sum (Fisher, The Design of Experiments, 1935, section 21). It is
    exact, from the distribution of the sum over all 2^n signs. If the differences are too many and too large for this,
    p is (k + 1) / (draws + 1) for k extreme sums in 9,999 draws (Phipson and Smyth, Permutation P-values Should Never
    Be Zero, 2010).
    """
    sizes, counts = statistics.summed(np.abs(values[values != 0]), images[values != 0])
    total, observed = int(sizes @ counts), abs(int(values @ images))
    if observed == 0:
        return 1.0
    sizes, divisor = sizes // np.gcd.reduce(sizes), int(np.gcd.reduce(sizes))
    # If the sizes with a plus sign add up to `part`, the sum is 2 part - total. The sum is at most -observed if part <=
    # limit; by symmetry, it is at least observed equally often.
    limit = (total - observed) // 2 // divisor
    if int(counts.sum()) * (limit + 1) <= EXACT:
        return min(1.0, 2 * _tail(sizes.tolist(), counts.tolist(), limit))
    parts = np.random.default_rng(statistics.SEED).binomial(counts, 0.5, (RESAMPLES, len(counts))) @ sizes
    extreme = (parts <= limit) | (parts >= total // divisor - limit)
    return (int(extreme.sum()) + 1) / (RESAMPLES + 1)


def holm(values: list[float]) -> list[float]:
    """Return Holm's adjusted p of a family of tests, in the order of `values`.

    With the adjusted p, the probability of any false rejection at 0.05 is at most 5%. The k-th smallest of m values is
    multiplied by m - k + 1, then raised to the adjusted p before it if smaller, and cut at 1. Source: Holm, A Simple
    Sequentially Rejective Multiple Test Procedure, 1979.
    """
    p = np.array(values)
    order = np.argsort(p)  # equal values get the same adjusted p in any order
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1)
    return adjusted.tolist()


def _tail(sizes: list[int], counts: list[int], limit: int) -> float:
    """Return the probability that a random sum is at most `limit`.

    The sum draws from `counts` copies of each of `sizes`; each copy is in the sum with probability 1/2.
    """
    distribution = np.zeros(limit + 1)
    distribution[0] = 1
    for size, count in zip(sizes, counts, strict=True):
        before, distribution = distribution, np.zeros(limit + 1)
        ways = 1
        for taken in range(min(count, limit // size) + 1):
            start = size * taken
            # `ways` and 2**count stay whole numbers until the division: 2^1024 is too large for a float.
            distribution[start:] += ways / 2**count * before[: limit + 1 - start]
            ways = ways * (count - taken) // (taken + 1)
    return float(distribution.sum())
