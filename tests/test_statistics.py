import math

import numpy as np
import pytest
from scipy import stats

from ladder.statistics import Spread, spread


@pytest.mark.parametrize("n", [2, 3, 5, 30])
def test_the_interval_is_scipys(n):
    values = np.random.default_rng(n).normal(0.97, 0.01, n).tolist()
    found = spread(values)
    low, high = stats.t.interval(0.95, n - 1, np.mean(values), stats.sem(values))
    assert (found.n, found.mean, found.std) == (
        n,
        pytest.approx(np.mean(values)),
        pytest.approx(np.std(values, ddof=1)),
    )
    assert (found.low, found.high) == (pytest.approx(low, rel=1e-12), pytest.approx(high, rel=1e-12))


def test_a_worked_example():
    # Mean 3, deviation sqrt(10/4), t(0.975, 4) = 2.776445 from a printed table.
    half = 2.776445 * math.sqrt(2.5 / 5)
    expected = Spread(3, math.sqrt(2.5), 3 - half, 3 + half, 5)
    assert vars(spread([1.0, 2, 3, 4, 5])) == pytest.approx(vars(expected), rel=1e-6)


def test_one_value_has_no_spread():
    assert spread([0.9]) == Spread(0.9, None, None, None, 1)


@pytest.mark.parametrize("value", [0.1, 0.97, 1 / 3, 0.0])
@pytest.mark.parametrize("n", [2, 3, 7])
def test_equal_values_have_no_deviation_at_all(value, n):
    assert spread([value] * n) == Spread(value, 0.0, value, value, n)
