import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as their_mcnemar
from statsmodels.stats.multitest import multipletests

from ladder.evaluation import paired
from ladder.evaluation.paired import holm, mcnemar


def compare(first, second):
    """Compare two classifiers, given by the images that each seed gets right, bool [seeds, images] each."""
    right, images = np.unique(np.stack([first.sum(0), second.sum(0)], axis=1), axis=0, return_counts=True)
    return paired.compare((len(first), len(second)), right, images)


def sign_flip(differences):
    return paired.sign_flip(*np.unique(differences, return_counts=True))


def one_seed(*right):
    return np.array([right], dtype=bool)


@pytest.mark.parametrize(
    ("ours", "theirs"), [(1, 0), (0, 4), (8, 16), (16, 8), (12, 12), (33, 0), (96, 1), (900, 1100)]
)
def test_mcnemars_test_is_statsmodels(ours, theirs):
    expected = their_mcnemar([[5, ours], [theirs, 9]], exact=True).pvalue
    assert mcnemar(ours, theirs) == pytest.approx(expected, rel=1e-9)


def test_mcnemars_test_of_a_worked_example():
    # Ten discordant images, two against eight: 2 (1 + 10 + 45) / 1024.
    assert mcnemar(2, 8) == mcnemar(8, 2) == pytest.approx(112 / 1024)


def test_mcnemars_test_of_no_discordant_image_is_1():
    assert mcnemar(0, 0) == 1
    assert mcnemar(1, 1) == 1


@pytest.mark.parametrize("seed", range(6))
def test_the_permutation_test_is_scipys_exact_one(seed):
    differences = np.random.default_rng(seed).integers(-5, 6, 12)
    theirs = stats.permutation_test(
        (differences, np.zeros(12)),
        lambda first, second, axis: (first - second).sum(axis),
        permutation_type="samples",
        n_resamples=2**12,
        vectorized=True,
    )
    assert sign_flip(differences) == pytest.approx(theirs.pvalue, rel=1e-12)


def test_the_permutation_test_of_a_worked_example():
    # Sums of +-1 +-2 +-3 as far from 0 as 6: two of eight. As far as 4, with -1: four of eight.
    assert sign_flip(np.array([1, 2, 3, 0])) == 2 / 8
    assert sign_flip(np.array([-1, 2, 3])) == 4 / 8


@pytest.mark.parametrize("differences", [[0, 0, 0], [1, -1], [3, -2, -1, 0]])
def test_the_permutation_test_of_no_difference_is_1(differences):
    assert sign_flip(np.array(differences)) == 1


@pytest.mark.parametrize("unit", [1, 5])
@pytest.mark.parametrize(("ours", "theirs"), [(1, 0), (7, 3), (40, 60), (700, 900), (2000, 100)])
def test_of_one_seed_each_the_permutation_test_is_mcnemars(ours, theirs, unit):
    differences = unit * np.repeat([1, -1, 0], [ours, theirs, 50])
    assert sign_flip(differences) == pytest.approx(mcnemar(ours, theirs), rel=1e-9)


def test_the_permutation_test_by_draws_agrees_with_the_exact_one(monkeypatch):
    differences = np.random.default_rng(0).choice([-5, -3, 0, 2, 6], 200)
    exact = sign_flip(differences)
    monkeypatch.setattr(paired, "EXACT", 0)
    drawn = sign_flip(differences)
    assert 0.01 < exact < 0.99
    assert drawn == pytest.approx(exact, abs=4 * (exact * (1 - exact) / paired.RESAMPLES) ** 0.5)
    assert drawn == sign_flip(differences) == sign_flip(-differences)
    assert drawn * 10_000 == pytest.approx(round(drawn * 10_000))


@pytest.mark.parametrize("differences", [[1, 1, 1], [2, 2, 1, -1], [-3, -3, 6, 6, 6]])
def test_by_draws_sums_that_are_as_far_count_too(monkeypatch, differences):
    exact = sign_flip(np.array(differences))
    monkeypatch.setattr(paired, "EXACT", 0)
    assert sign_flip(np.array(differences)) == pytest.approx(exact, abs=0.02)


def test_it_is_exact_up_to_so_many_additions(monkeypatch):
    # Ten images, and one sum that is as far from 0: ten additions.
    monkeypatch.setattr(paired, "EXACT", 10)
    assert sign_flip(np.ones(10, np.int64)) == 2 / 2**10
    monkeypatch.setattr(paired, "EXACT", 9)
    assert sign_flip(np.ones(10, np.int64)) != 2 / 2**10


def test_the_permutation_test_by_draws_is_never_0(monkeypatch):
    monkeypatch.setattr(paired, "EXACT", 0)
    assert sign_flip(np.ones(500, np.int64)) == 1 / 10_000


def test_seeds_without_a_common_multiple_are_compared_too():
    random = np.random.default_rng(0)
    first, second = random.random((29, 4000)) < 0.9, random.random((31, 4000)) < 0.85
    comparison = compare(first, second)
    assert comparison.permutation_p == 1 / 10_000
    assert comparison.difference == pytest.approx(first.mean() - second.mean(), rel=1e-12)
    assert comparison.low < comparison.difference < comparison.high


@pytest.mark.parametrize("seed", range(4))
def test_holms_adjustment_is_statsmodels(seed):
    p = (np.random.default_rng(seed).random(9) ** 3).tolist()
    p[4] = p[2]
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], rel=1e-12)


def test_holms_adjustment_of_a_worked_example():
    # 0.01 x 4, 0.02 x 3, then 0.03 x 2 and 0.04 x 1, which become no less than the value before.
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([1.0, 0.7]) == [1, 1]
    assert holm([]) == []


@pytest.mark.parametrize(("seeds", "expected"), [(1, [0, 1]), (2, [0, 0, 1]), (3, [0, 0, 1, 1]), (4, [0, 0, 0, 1, 1])])
def test_a_majority_is_more_than_half_of_the_seeds(seeds, expected):
    right = np.arange(seeds)[:, None] < np.arange(seeds + 1)
    assert compare(right, one_seed(*[0] * (seeds + 1))).first_only == sum(expected)
    assert compare(one_seed(*[1] * (seeds + 1)), right).first_only == seeds + 1 - sum(expected)


def test_a_comparison_of_a_worked_example():
    # Shares of seeds that are right: 1, 1, 2/3, 1/3; of the second, which has two seeds, 1, 0, 1/2, 0.
    first = np.array([[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 0]], dtype=bool)
    second = np.array([[1, 0, 1, 0], [1, 0, 0, 0]], dtype=bool)
    comparison = compare(first, second)
    assert comparison.difference == pytest.approx((0 + 1 + 1 / 6 + 1 / 3) / 4)
    assert (comparison.first_only, comparison.second_only, comparison.cohens_g) == (2, 0, 0.5)
    assert (comparison.mcnemar_p, comparison.permutation_p) == (0.5, 2 / 8)


def test_a_turned_comparison_is_the_other_way_round():
    random = np.random.default_rng(0)
    first, second = random.random((5, 300)) < 0.9, random.random((3, 300)) < 0.8
    comparison, turned = compare(first, second), compare(first, second).turned()
    assert (turned.difference, turned.low, turned.high) == (-comparison.difference, -comparison.high, -comparison.low)
    assert (turned.first_only, turned.second_only) == (comparison.second_only, comparison.first_only)
    assert turned.cohens_g == -comparison.cohens_g
    back = compare(second, first)
    assert (back.mcnemar_p, back.permutation_p) == pytest.approx((turned.mcnemar_p, turned.permutation_p), rel=1e-9)
    assert back.low == pytest.approx(turned.low, abs=0.01)
    assert turned.turned() == comparison


def test_the_interval_of_a_difference_is_of_pairs_of_images():
    # Both are right on the same half of the images: no resample tells them apart.
    right = one_seed(*[1, 0] * 50)
    comparison = compare(right, right)
    assert (comparison.difference, comparison.low, comparison.high, comparison.permutation_p) == (0, 0, 0, 1)
    assert str(comparison.turned().difference) == "0.0"
    assert comparison.cohens_g is None


def test_cohens_g_of_a_worked_example():
    # The first is right on four of five discordant images: 4/5 - 1/2.
    comparison = compare(one_seed(1, 1, 1, 1, 0, 1), one_seed(0, 0, 0, 0, 1, 1))
    assert comparison.cohens_g == pytest.approx(0.3)
