"""Compare two classifiers on the same images: the difference of their accuracies, and tests against chance.

right   int [k, 2]: numbers of seeds of the two classifiers that are right on an image; the classifiers may have
        different numbers of seeds, and their seeds are not paired
images  int [k]: number of images with this row of `right`

The difference and the permutation test use the share of seeds that are right on an image: the mean of this share over
images is the mean accuracy over seeds, and the permutation test flips the differences of the two shares. McNemar's test
needs one answer an image, the majority's: a classifier is right on an image if more than half of its seeds are right.
Both tests ask what other images might change; the trained seeds stay the same.
"""

import math
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.special import bdtr

from ladder.evaluation import statistics

RESAMPLES = 9_999  # random draws of a permutation test that is too large to be exact
EXACT = 10**8  # up to this number of additions (0.05 s), a permutation test is exact


@dataclass(frozen=True)
class Comparison:
    """The first classifier against the second.

    difference, low, high      first minus second mean accuracy, with the 95% interval of a bootstrap over images
    first_only, second_only    images on which only the first classifier's majority of seeds, or only the second's, is
                               right
    mcnemar_p, permutation_p   two-sided p, not adjusted for other comparisons; 0 if below the smallest double
    """

    difference: float
    low: float
    high: float
    first_only: int
    second_only: int
    mcnemar_p: float
    permutation_p: float

    @property
    def cohens_g(self) -> float | None:
        """Effect size of McNemar's test: the share of discordant images on which the first is right, minus a half.

        0.05 is small, 0.15 medium, 0.25 large, 0.5 the maximum. None if no image is discordant. Source: Cohen,
        Statistical Power Analysis for the Behavioral Sciences, 1988, chapter 5.
        """
        discordant = self.first_only + self.second_only
        return (self.first_only - self.second_only) / (2 * discordant) if discordant else None

    def turned(self) -> Self:
        """Return the comparison of the second classifier against the first."""
        # Subtracted from 0.0, since -(0.0) would be written as -0.0.
        ends = {"difference": 0.0 - self.difference, "low": 0.0 - self.high, "high": 0.0 - self.low}
        return replace(self, **ends, first_only=self.second_only, second_only=self.first_only)


def compare(seeds: tuple[int, int], right: np.ndarray, images: np.ndarray) -> Comparison:
    """Compare two classifiers, whose numbers of seeds are `seeds`."""
    unit = math.lcm(*seeds)  # the differences of the shares are whole numbers of 1 / unit
    values, counts = statistics.summed(right @ [unit // seeds[0], -unit // seeds[1]], images)
    low, high = statistics.bootstrap(values, counts)
    # The majority is more than half of the seeds: half of an even number is not enough.
    ours, theirs = (2 * right > seeds).T
    first_only, second_only = int(images[ours & ~theirs].sum()), int(images[theirs & ~ours].sum())
    return Comparison(
        difference=int(values @ counts) / (unit * int(images.sum())),
        low=low / unit,
        high=high / unit,
        first_only=first_only,
        second_only=second_only,
        mcnemar_p=mcnemar(first_only, second_only),
        permutation_p=sign_flip(values, counts),
    )


def mcnemar(first_only: int, second_only: int) -> float:
    """Return the exact two-sided p of McNemar's test: twice the binomial tail of the smaller discordant count, up to 1.

    The binomial distribution (n = number of discordant images, 1/2) replaces the normal approximation of the source. p
    is 1 if no image is discordant. Source: McNemar, Note on the sampling error of the difference between correlated
    proportions, 1947.
    """
    fewer, discordant = min(first_only, second_only), first_only + second_only
    return min(1.0, 2 * float(bdtr(fewer, discordant, 0.5)))


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
