"""Spread of a figure over seeds."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

LEVEL = 0.95


@dataclass(frozen=True)
class Spread:
    """Mean of n values with the standard deviation of the values and the 95% interval of the mean; None where n is 1."""

    mean: float
    std: float | None
    low: float | None
    high: float | None
    n: int


def spread(values: list[float]) -> Spread:
    """Student's t interval of the mean: mean +- t(0.975, n - 1) * std / sqrt(n), std with n - 1 in its denominator."""
    n, mean = len(values), float(np.mean(values))
    if n < 2:
        return Spread(mean, None, None, None, n)
    std = float(np.std(values, ddof=1))
    half = float(stdtrit(n - 1, (1 + LEVEL) / 2)) * std / math.sqrt(n)
    return Spread(mean, std, mean - half, mean + half, n)
