"""Two classifiers on the same images: by how much they differ, and whether that may be chance.

right   int [k, 2]: how many seeds of each classifier are right on an image; their seeds need not be as many and are not
        paired
images  int [k]: on how many images that is so

With several seeds two questions can be asked of the pairs of images. *By how much* is answered with the share of the
seeds that are right on an image: its mean over images is the mean accuracy over seeds, and its differences are what the
permutation test flips. McNemar's test needs one answer an image: that of the majority, so that an image is right where
more than half of the seeds are right on it. Both ask what other images might change; the trained seeds stay the same.
"""

import math
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.special import bdtr

from ladder.evaluation import statistics

RESAMPLES = 9_999  # of a permutation test that is too large to be exact
EXACT = 10**8  # additions up to which it is exact: 0.05 s


@dataclass(frozen=True)
class Comparison:
    """The first classifier against the second.

    difference, low, high   of their mean accuracies, and its 95% interval by a bootstrap over pairs of images
    first_only, second_only images that only the majority of the first's, or of the second's seeds is right on
    mcnemar_p, permutation_p   two-sided, not adjusted for other comparisons; 0 where less than the least double
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
        """Effect size of McNemar's test: the share of the discordant images that the first is right on, less a half.

        Cohen, Statistical Power Analysis for the Behavioral Sciences, 1988, chapter 5: 0.05 is small, 0.15 medium, 0.25
        large, 0.5 the most there can be. None where no image is discordant.
        """
        discordant = self.first_only + self.second_only
        return (self.first_only - self.second_only) / (2 * discordant) if discordant else None

    def turned(self) -> Self:
        """The second against the first."""
        # Taken from 0.0, since minus 0.0 would be written as -0.0.
        ends = {"difference": 0.0 - self.difference, "low": 0.0 - self.high, "high": 0.0 - self.low}
        return replace(self, **ends, first_only=self.second_only, second_only=self.first_only)


def compare(seeds: tuple[int, int], right: np.ndarray, images: np.ndarray) -> Comparison:
    """Compare two classifiers with so many seeds each."""
    unit = math.lcm(*seeds)  # the differences of the shares are whole numbers of 1 / unit
    values, counts = statistics.summed(right @ [unit // seeds[0], -unit // seeds[1]], images)
    low, high = statistics.bootstrap(values, counts)
    # More than half of the seeds; half of an even number is not enough.
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
    """Exact two-sided p of McNemar's test: twice the binomial tail of the smaller of the discordant counts, at most 1.

    McNemar, Note on the sampling error of the difference between correlated proportions, 1947, with the binomial
    distribution (n = all discordant images, 1/2) in place of its normal approximation. 1 where no image is discordant.
    """
    fewer, discordant = min(first_only, second_only), first_only + second_only
    return min(1.0, 2 * float(bdtr(fewer, discordant, 0.5)))


def sign_flip(values: np.ndarray, images: np.ndarray) -> float:
    """Two-sided p of the paired permutation test of differences: whole numbers in any unit, and the images of each.

    Were the two classifiers alike, each difference would be as likely with the other sign: how often is the sum then as
    far from 0 as it is? Fisher, The Design of Experiments, 1935, section 21. Exact, by the distribution of the sum over
    all 2^n signs; for differences that are too many and too large for that by 9,999 draws as (k + 1) / (draws + 1),
    after Phipson and Smyth, Permutation P-values Should Never Be Zero, 2010.
    """
    sizes, counts = statistics.summed(np.abs(values[values != 0]), images[values != 0])
    total, found = int(sizes @ counts), abs(int(values @ images))
    if found == 0:
        return 1.0
    sizes, divisor = sizes // np.gcd.reduce(sizes), int(np.gcd.reduce(sizes))
    # With those of a plus sign adding up to `part`, the sum is 2 part - total: as far from 0 where part <= limit, and
    # by symmetry as often on the other side.
    limit = (total - found) // 2 // divisor
    if int(counts.sum()) * (limit + 1) <= EXACT:
        return min(1.0, 2 * _tail(sizes.tolist(), counts.tolist(), limit))
    parts = np.random.default_rng(statistics.SEED).binomial(counts, 0.5, (RESAMPLES, len(counts))) @ sizes
    extreme = (parts <= limit) | (parts >= total // divisor - limit)
    return (int(extreme.sum()) + 1) / (RESAMPLES + 1)


def holm(values: list[float]) -> list[float]:
    """Holm's adjusted p of a family of tests, in their order: the chance of any false one below 0.05 is at most 5%.

    The k-th smallest of m is multiplied by m - k + 1, is at least as large as the one before, and at most 1: Holm, A
    Simple Sequentially Rejective Multiple Test Procedure, 1979.
    """
    p = np.array(values)
    order = np.argsort(p)  # equal ones have one adjusted p, in any order
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1)
    return adjusted.tolist()


def _tail(sizes: list[int], counts: list[int], limit: int) -> float:
    """Probability that a sum is at most `limit`: `counts` numbers of each of `sizes`, each in it or not, as likely."""
    distribution = np.zeros(limit + 1)
    distribution[0] = 1
    for size, count in zip(sizes, counts, strict=True):
        before, distribution = distribution, np.zeros(limit + 1)
        ways = 1
        for taken in range(min(count, limit // size) + 1):
            start = size * taken
            # Whole numbers up to the division: 2^count would be no float from 1,024 images on.
            distribution[start:] += ways / 2**count * before[: limit + 1 - start]
            ways = ways * (count - taken) // (taken + 1)
    return float(distribution.sum())
