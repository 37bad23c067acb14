import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from ladder.evaluation import statistics
from ladder.evaluation.statistics import Spread, bootstrap, spread, wilson


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


def ends_of(values):
    return bootstrap(*np.unique(values, return_counts=True))


@pytest.mark.parametrize("shares", [[0, 1], [0, 0.2, 0.4, 0.6, 0.8, 1], [-1, 0, 1]])
def test_the_bootstrap_is_that_of_resampled_images(shares):
    values = np.random.default_rng(0).choice(shares, 500)
    resamples = np.random.default_rng(1).choice(values, (10_000, 500)).mean(1)
    # Two draws of 10,000 resamples: their ends differ by less than a tenth of the interval.
    width = np.quantile(resamples, 0.975) - np.quantile(resamples, 0.025)
    assert ends_of(values) == pytest.approx(np.quantile(resamples, [0.025, 0.975]), abs=width / 10)


def test_the_bootstrap_of_two_values_is_binomial():
    values = np.repeat([1, 0], [90, 10])
    assert ends_of(values) == (stats.binom.ppf(0.025, 100, 0.9) / 100, stats.binom.ppf(0.975, 100, 0.9) / 100)


def test_the_bootstrap_is_scipys():
    values = np.random.default_rng(2).choice([0, 0.5, 1], 300, p=[0.1, 0.2, 0.7])
    theirs = stats.bootstrap((values,), np.mean, method="percentile", rng=0).confidence_interval
    assert ends_of(values) == pytest.approx(tuple(theirs), abs=0.006)


@pytest.mark.parametrize("value", [0.0, 0.6, 1.0])
def test_the_bootstrap_of_equal_values_has_no_width(value):
    assert ends_of(np.full(7, value)) == pytest.approx((value, value), rel=1e-15)


def test_the_bootstrap_does_not_depend_on_the_order_or_on_the_run():
    values = np.random.default_rng(3).choice([0, 0.4, 1], 100)
    assert ends_of(values) == ends_of(values) == ends_of(np.sort(values))


def test_the_bootstrap_does_not_depend_on_how_many_draws_are_made_at_a_time(monkeypatch):
    values = np.random.default_rng(4).choice([0, 0.4, 0.6, 1], 100)
    expected = ends_of(values)
    monkeypatch.setattr(statistics, "DRAWS", 4_321)
    assert ends_of(values) == expected


def test_counts_of_equal_values_are_summed():
    values, counts = statistics.summed(np.array([5, -1, 5, 2, -1, 5]), np.array([1, 20, 300, 4000, 50000, 600000]))
    assert (values.tolist(), counts.tolist()) == ([-1, 2, 5], [50020, 4000, 600301])
    assert counts.dtype == np.int64


def test_intervals_are_of_95_percent_by_10_000_resamples():
    assert (statistics.LEVEL, statistics.RESAMPLES, statistics.SEED) == (0.95, 10_000, 0)


@pytest.mark.parametrize("draws", [10**6, 50, 4_321])
def test_the_bootstrap_is_of_10_000_resamples_however_many_are_drawn_at_a_time(monkeypatch, draws):
    values, counts = np.random.default_rng(5).random(50), np.full(50, 2)
    means = np.random.default_rng(0).multinomial(100, counts / 100, 10_000) @ values / 100
    monkeypatch.setattr(statistics, "DRAWS", draws)
    assert bootstrap(values, counts) == pytest.approx(np.quantile(means, [0.025, 0.975]), rel=1e-12)
