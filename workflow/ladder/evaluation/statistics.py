"""Spread of a figure over seeds, and uncertainty of a mean over images."""

import math
import statistics
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

LEVEL = 0.95
RESAMPLES = 10_000  # of a bootstrap
DRAWS = 10**6  # numbers in memory at a time
SEED = 0  # of every random draw, so that a figure depends on the scores alone


@dataclass(frozen=True)
class Spread:
    """Mean of n values, their standard deviation, and the 95% interval of the mean; None where n is 1."""

    mean: float
    std: float | None
    low: float | None
    high: float | None
    n: int


def spread(values: list[float], share: bool = False) -> Spread:
    """Student's t interval of the mean: mean +- t(0.975, n - 1) * std / sqrt(n), std with n - 1 in its denominator.

    share  the values are shares, within 0 and 1: an end of the interval outside, which no mean can reach, is cut there
    """
    # The standard library sums exactly: equal values have a deviation of 0, not of 1e-17.
    n, mean = len(values), statistics.mean(values)
    if n < 2:
        return Spread(mean, None, None, None, n)
    std = statistics.stdev(values)
    half = float(stdtrit(n - 1, (1 + LEVEL) / 2)) * std / math.sqrt(n)
    low, high = mean - half, mean + half
    return Spread(mean, std, *((max(low, 0.0), min(high, 1.0)) if share else (low, high)), n)


def wilson(share: float, n: float) -> tuple[float, float]:
    """Wilson's 95% score interval of a share of n trials, such as an accuracy on n images.

    (share + z^2/2n +- z sqrt(share (1 - share)/n + z^2/4n^2)) / (1 + z^2/n), z = 1.96: Wilson, Probable Inference, the
    Law of Succession, and Statistical Inference, 1927. It has a width even where every trial succeeded. The share may
    be a mean over seeds; the interval then is that of one seed with this accuracy, and so errs on the wide side.
    """
    z = float(ndtri((1 + LEVEL) / 2))
    centre = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)
    # Rounding would leave these ends just off what they are.
    return low if share > 0 else 0.0, high if share < 1 else 1.0


def bootstrap(values: np.ndarray, counts: np.ndarray) -> tuple[float, float]:
    """The 95% percentile interval of the mean of one value an image over resampled sets of as many images.

    values, counts  the different values, and the images of each

    Efron, Bootstrap Methods: Another Look at the Jackknife, 1979, of 10,000 resamples. How often each value occurs in a
    resample is multinomial, so the time does not grow with the images.
    """
    n, random = int(counts.sum()), np.random.default_rng(SEED)
    at_a_time = max(1, DRAWS // len(values))
    means = [
        random.multinomial(n, counts / n, min(at_a_time, RESAMPLES - first)) @ values / n
        for first in range(0, RESAMPLES, at_a_time)
    ]
    low, high = np.quantile(np.concatenate(means), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def summed(values: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different ones of the values, sorted, and the sum of the counts of each."""
    different, which = np.unique(values, return_inverse=True)
    total = np.zeros(len(different), np.int64)
    np.add.at(total, which, counts)
    return different, total
