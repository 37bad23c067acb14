import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from ladder.evaluation import statistics
from ladder.evaluation.statistics import Spread, spread, wilson


@pytest.mark.parametrize("n", [2, 3, 5, 30])
def test_the_interval_is_scipys(n):
    values = np.random.default_rng(n).normal(0.97, 0.01, n).tolist()
    interval = spread(values)
    low, high = stats.t.interval(0.95, n - 1, np.mean(values), stats.sem(values))
    assert (interval.n, interval.mean, interval.std) == (
        n,
        pytest.approx(np.mean(values)),
        pytest.approx(np.std(values, ddof=1)),
    )
    assert (interval.low, interval.high) == (pytest.approx(low, rel=1e-12), pytest.approx(high, rel=1e-12))


def test_a_worked_example():
    # Mean 3, deviation sqrt(10/4), t(0.975, 4) = 2.776445 from a printed table.
    half = 2.776445 * math.sqrt(2.5 / 5)
    expected = Spread(3, math.sqrt(2.5), 3 - half, 3 + half, 5)
    assert vars(spread([1.0, 2, 3, 4, 5])) == pytest.approx(vars(expected), rel=1e-6)


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [([0.9, 1.0], None, 1.0), ([0.0, 0.1], 0.0, None), ([0.2, 0.9], 0.0, 1.0), ([0.5, 0.501], None, None)],
)
def test_the_interval_of_shares_ends_at_0_and_1(values, low, high):
    free, cut = spread(values), spread(values, share=True)
    assert (free.low < 0, free.high > 1) == (low is not None, high is not None)
    assert cut.low == (free.low if low is None else low)
    assert cut.high == (free.high if high is None else high)
    assert (cut.mean, cut.std, cut.n) == (free.mean, free.std, free.n)


def test_one_value_has_no_spread():
    assert spread([0.9]) == spread([0.9], share=True) == Spread(0.9, None, None, None, 1)


@pytest.mark.parametrize("value", [0.1, 0.97, 1 / 3, 0.0])
@pytest.mark.parametrize("n", [2, 3, 7])
def test_equal_values_have_no_deviation_at_all(value, n):
    assert spread([value] * n) == Spread(value, 0.0, value, value, n)


@pytest.mark.parametrize(("successes", "n"), [(0, 1), (1, 1), (1, 2), (7, 20), (2034, 2038), (10_000, 10_000), (0, 50)])
def test_wilsons_interval_is_statsmodels(successes, n):
    assert wilson(successes / n, n) == pytest.approx(proportion_confint(successes, n, method="wilson"), abs=1e-12)


def test_wilsons_interval_of_a_worked_example():
    # Newcombe, Two-sided confidence intervals for the single proportion, 1998, table I: 81 of 263.
    assert wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_wilsons_interval_of_no_mistake_has_a_width_and_stays_within_0_and_1():
    low, high = wilson(1.0, 2038)
    assert (low, high) == (pytest.approx(1 / (1 + 1.959963984540054**2 / 2038)), 1)
    assert wilson(0.0, 3) == (0, pytest.approx(1 - 1 / (1 + 1.959963984540054**2 / 3)))


def test_wilsons_interval_ends_at_0_and_1_whatever_is_rounded():
    assert {wilson(1.0, n)[1] for n in range(1, 3_000)} == {1.0}
    assert {wilson(0.0, n)[0] for n in range(1, 3_000)} == {0.0}


def test_wilsons_interval_of_a_mean_over_seeds_lies_between_those_of_whole_counts():
    lows = [wilson(share, 100)[0] for share in (0.97, 0.972, 0.98)]
    assert lows == sorted(lows)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.999])
def test_wilsons_interval_of_another_level_is_statsmodels(level):
    z = stats.norm.ppf((1 + level) / 2)
    expected = proportion_confint(7, 20, alpha=1 - level, method="wilson")
    assert wilson(7 / 20, 20, z) == pytest.approx(expected, abs=1e-12)


def test_wilsons_interval_is_of_95_percent_unless_another_is_asked_for():
    assert wilson(0.9, 40) == wilson(0.9, 40, statistics.NORMAL)
    assert pytest.approx(stats.norm.ppf(0.975), rel=1e-14) == statistics.NORMAL


def test_wilsons_interval_takes_a_number_of_images_that_is_not_whole():
    low, high = wilson(0.9, 12.5)
    assert wilson(0.9, 12)[0] < low < wilson(0.9, 13)[0]
    assert wilson(0.9, 13)[1] < high < wilson(0.9, 12)[1]


def test_counts_of_equal_values_are_summed():
    values, counts = statistics.summed(np.array([5, -1, 5, 2, -1, 5]), np.array([1, 20, 300, 4000, 50000, 600000]))
    assert (values.tolist(), counts.tolist()) == ([-1, 2, 5], [50020, 4000, 600301])
    assert counts.dtype == np.int64


def test_intervals_are_of_95_percent_and_draws_repeat():
    assert (statistics.LEVEL, statistics.SEED) == (0.95, 0)
