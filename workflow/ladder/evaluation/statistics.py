"""Spread of a number over seeds, and the interval of a share."""

import math
import statistics
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

LEVEL = 0.95
NORMAL = float(ndtri((1 + LEVEL) / 2))  # the quantile 1.96
SEED = 0  # seed of every random draw, so that a result depends on the scores alone


@dataclass(frozen=True)
class Spread:
    """Mean of n values, their standard deviation, and the 95% interval of the mean; only the mean if n is 1."""

    mean: float
    std: float | None
    low: float | None
    high: float | None
    n: int


def spread(values: list[float], share: bool = False) -> Spread:
    """Return the spread with Student's t interval: mean +- t(0.975, n - 1) * std / sqrt(n).

    The standard deviation has n - 1 in its denominator.

    share  whether the values are shares, within 0 and 1; the interval of a share is cut at 0 and 1
    """
    # The standard library sums exactly, so equal values have a deviation of 0, not of 1e-17.
    n, mean = len(values), statistics.mean(values)
    if n < 2:
        return Spread(mean, None, None, None, n)
    std = statistics.stdev(values)
    half = float(stdtrit(n - 1, (1 + LEVEL) / 2)) * std / math.sqrt(n)
    low, high = mean - half, mean + half
    return Spread(mean, std, *((max(low, 0.0), min(high, 1.0)) if share else (low, high)), n)


def wilson(share: float, n: float, z: float = NORMAL) -> tuple[float, float]:
    """Return Wilson's score interval of a share of n trials, such as an accuracy on n images; the 95% interval.

    (share + z^2/2n +- z sqrt(share (1 - share)/n + z^2/4n^2)) / (1 + z^2/n), z = 1.96: Wilson, Probable Inference, the
    Law of Succession, and Statistical Inference, 1927. The interval has a width even if every trial succeeds. The share
    may be a mean over seeds; then the interval is that of a single seed with this accuracy, and so rather too wide.
    """
    centre = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)
    # These ends are exactly 0 and 1, which rounding would miss.
    return low if share > 0 else 0.0, high if share < 1 else 1.0


def summed(values: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the different values, sorted, and the sum of the counts of each."""
    different, positions = np.unique(values, return_inverse=True)
    total = np.zeros(len(different), np.int64)
    np.add.at(total, positions, counts)
    return different, total
