"""The two-way test and interval in simulated studies, whose truth is known."""

import numpy as np
import pytest

from tests.evaluation.layouts import compare

SEEDS, IMAGES = 5, 120


def draws(number, gap=0.0, spread_of_seeds=0.04, random_seed=0, ours=SEEDS, theirs=SEEDS):
    """Pairs of layouts; the true difference is `gap`. All chances lie within 0 and 1."""
    random = np.random.default_rng(random_seed)
    for _ in range(number):
        images = random.uniform(0.4, 0.8, (1, IMAGES))
        effects = np.clip(spread_of_seeds * random.normal(size=(ours + theirs, 1)), -0.15, 0.15)
        right = (
            random.random((ours + theirs, IMAGES)) < images + effects + gap * (np.arange(ours + theirs) < ours)[:, None]
        )
        yield right[:ours], right[ours:]


@pytest.mark.parametrize(("ours", "theirs"), [(5, 5), (3, 6)])
def test_two_rungs_that_are_alike_are_called_different_as_often_as_promised(ours, theirs):
    pairs = [compare(*pair) for pair in draws(1000, spread_of_seeds=0.06, ours=ours, theirs=theirs)]
    rejected = np.mean([pair.estimate.p() < 0.05 for pair in pairs])
    assert rejected <= 0.08
    ignored = np.mean([pair.sign_flip_p < 0.05 for pair in pairs])
    assert ignored > 0.15
    assert ignored > 2 * rejected
    covered = np.mean([low < 0 < high for low, high in (pair.estimate.interval(0.95) for pair in pairs)])
    assert covered == pytest.approx(1 - rejected, abs=1e-12)


@pytest.mark.parametrize(("gap", "spread_of_seeds"), [(0.03, 0.0), (0.03, 0.04), (0.03, 0.08)])
def test_the_interval_covers_the_truth(gap, spread_of_seeds):
    intervals = [compare(*pair).estimate.interval(0.95) for pair in draws(700, gap, spread_of_seeds)]
    assert 0.93 <= np.mean([low < gap < high for low, high in intervals]) <= 0.995
    assert np.mean([sum(ends) / 2 for ends in intervals]) == pytest.approx(gap, abs=0.005)


def test_a_real_gap_is_found():
    rejected = [compare(*pair).estimate.p() < 0.05 for pair in draws(300, 0.15)]
    assert np.mean(rejected) > 0.8
