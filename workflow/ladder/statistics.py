"""Spread of a figure over seeds."""

import math
import statistics
from dataclasses import dataclass

from scipy.special import stdtrit

LEVEL = 0.95


@dataclass(frozen=True)
class Spread:
    """Mean of n values, their standard deviation, and the 95% interval of the mean; None where n is 1."""

    mean: float
    std: float | None
    low: float | None
    high: float | None
    n: int


def spread(values: list[float]) -> Spread:
    """Student's t interval of the mean: mean +- t(0.975, n - 1) * std / sqrt(n), std with n - 1 in its denominator."""
    # The standard library sums exactly: equal values have a deviation of 0, not of 1e-17.
    n, mean = len(values), statistics.mean(values)
    if n < 2:
        return Spread(mean, None, None, None, n)
    std = statistics.stdev(values)
    half = float(stdtrit(n - 1, (1 + LEVEL) / 2)) * std / math.sqrt(n)
    return Spread(mean, std, mean - half, mean + half, n)
