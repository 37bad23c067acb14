import numpy as np
import pytest

from ladder.evaluation import imbalance
from ladder.evaluation.tallies import Tally

SIZES = np.array([950, 50])


@pytest.mark.parametrize(
    ("images", "expected"),
    [([10, 10], False), ([15, 10], False), ([16, 10, 12], True), ([0.61, 0.39], True), ([1, 0], True)],
)
def test_the_largest_class_may_have_half_as_many_images_more_as_the_smallest(images, expected):
    assert imbalance.unequal(images) == expected


def tally_of(*recalls, sizes=SIZES, seed=0):
    """The tally of a rung that is right on each image with the probability of its class."""
    return counted(np.random.default_rng(seed).binomial(sizes, recalls), sizes)


def counted(right, sizes=SIZES):
    """The tally of a rung that is right on so many images of each class; a wrong image goes to the next class."""
    tally = Tally(len(sizes))
    tally.confusion = np.diag(right) + np.roll(np.diag(sizes - np.array(right)), 1, axis=1)
    return tally


def test_a_rung_that_ignores_the_image_tells_nothing():
    blind = {
        f"{often} {seed}": [tally_of(1 - often, often, seed=seed)] for often in (0, 0.05, 0.5, 1) for seed in range(5)
    }
    assert imbalance.telling(blind) == set()


def test_a_rung_that_is_less_often_right_than_the_majority_may_tell_the_classes_apart():
    assert imbalance.telling({"low": [tally_of(0.85, 0.85)], "blind": [tally_of(0.95, 0.05)]}) == {"low"}


def test_of_many_rungs_one_that_is_lucky_is_not_enough():
    lucky = counted([475, 32])
    alone, among = ({"lucky": [lucky]} | {f"{n}": [tally_of(0.5, 0.5)] for n in range(count)} for count in (0, 30))
    assert imbalance.telling(alone) == {"lucky"}
    assert imbalance.telling(among) == set()


def test_the_mean_over_seeds_counts():
    tallies = [tally_of(0.95, 0.05), tally_of(0.85, 0.85)]
    assert imbalance.telling({"one": tallies}) == {"one"}
    assert imbalance.telling({"none": [tally_of(0.95, 0.05), tally_of(0.94, 0.06)]}) == set()


def test_classes_without_images_have_no_part():
    sizes = np.array([900, 0, 30])
    assert imbalance.telling(
        {"good": [tally_of(0.9, 0, 0.9, sizes=sizes)], "blind": [tally_of(0.9, 0, 0.1, sizes=sizes)]}
    ) == {"good"}


def test_a_test_by_chance_is_wrong_as_often_as_it_says():
    p = [imbalance._p([tally_of(0.9, 0.1, seed=seed)]) for seed in range(400)]
    assert 0.01 < np.mean(np.array(p) < 0.05) < 0.08
