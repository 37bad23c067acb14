import math
from statistics import fmean

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from ladder.evaluation import paired
from ladder.evaluation.paired import Classifier, holm, outperforming
from ladder.evaluation.two_way import Estimate
from tests.evaluation.layouts import classifier, compare, images_of


def sign_flip(differences):
    return paired.sign_flip(*np.unique(differences, return_counts=True))


def one_seed(*right):
    return np.array([right], dtype=bool)


def random_right(seed, runs, images, share):
    random = np.random.default_rng(seed)
    return random.random((runs, images)) < share + 0.1 * random.normal(size=(runs, 1))


@pytest.mark.parametrize("seed", range(6))
def test_the_sign_flip_test_is_scipys_exact_one(seed):
    differences = np.random.default_rng(seed).integers(-5, 6, 12)
    theirs = stats.permutation_test(
        (differences, np.zeros(12)),
        lambda first, second, axis: (first - second).sum(axis),
        permutation_type="samples",
        n_resamples=2**12,
        vectorized=True,
    )
    assert sign_flip(differences) == pytest.approx(theirs.pvalue, rel=1e-12)


def test_the_sign_flip_test_of_a_worked_example():
    # Sums of +-1 +-2 +-3 as far from 0 as 6: two of eight. As far as 4, with -1: four of eight.
    assert sign_flip(np.array([1, 2, 3, 0])) == 2 / 8
    assert sign_flip(np.array([-1, 2, 3])) == 4 / 8


@pytest.mark.parametrize("differences", [[0, 0, 0], [1, -1], [3, -2, -1, 0]])
def test_the_sign_flip_test_of_no_difference_is_1(differences):
    assert sign_flip(np.array(differences)) == 1


@pytest.mark.parametrize("unit", [1, 5])
@pytest.mark.parametrize(("ours", "theirs"), [(1, 0), (7, 3), (40, 60), (700, 900), (2000, 100)])
def test_of_one_seed_each_the_sign_flip_test_is_mcnemars(ours, theirs, unit):
    differences = unit * np.repeat([1, -1, 0], [ours, theirs, 50])
    assert sign_flip(differences) == pytest.approx(stats.binomtest(ours, ours + theirs).pvalue, rel=1e-9)


def test_the_sign_flip_test_by_draws_agrees_with_the_exact_one(monkeypatch):
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


def test_the_sign_flip_test_by_draws_is_never_0(monkeypatch):
    monkeypatch.setattr(paired, "EXACT", 0)
    assert sign_flip(np.ones(500, np.int64)) == 1 / 10_000


def test_seeds_without_a_common_multiple_are_compared_too():
    random = np.random.default_rng(0)
    first, second = random.random((29, 4000)) < 0.9, random.random((31, 4000)) < 0.85
    comparison = compare(first, second)
    assert comparison.sign_flip_p == 1 / 10_000
    assert comparison.estimate.value == pytest.approx(first.mean() - second.mean(), rel=1e-12)
    differences = first.mean(0) - second.mean(0)
    assert comparison.estimate.image == pytest.approx(np.var(differences, ddof=1) / 4000, rel=1e-10)


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


# --- The comparison.


def residual(layout):
    """The residual mean square of seeds by images, divided by the number of cells."""
    rest = layout - layout.mean(1, keepdims=True) - layout.mean(0, keepdims=True) + layout.mean()
    return (rest**2).sum() / (layout.shape[0] - 1) / (layout.shape[1] - 1) / layout.size


def test_the_parts_have_the_variance_of_seeds_and_images_together():
    first, second = random_right(0, 3, 40, 0.7), random_right(1, 3, 40, 0.6)
    unpaired = compare(first, second).estimate
    assert [part.both for part in unpaired.parts] == pytest.approx([residual(first), residual(second)], rel=1e-9)
    (pair,) = compare(first, second, paired_seeds=True).estimate.parts
    assert pair.both == pytest.approx(residual(first.astype(float) - second), rel=1e-9)
    own = paired.accuracy(classifier(first), np.bincount(first.sum(0), minlength=4))
    assert own.parts[0].both == pytest.approx(residual(first), rel=1e-9)


def test_seeds_are_not_paired_unless_told():
    first, second = random_right(0, 3, 40, 0.7), random_right(1, 3, 40, 0.6)
    both = classifier(first), classifier(second), images_of(first, second)
    assert paired.compare(*both) == paired.compare(*both, False) != paired.compare(*both, True)


def test_two_images_have_a_variance():
    estimate = compare(one_seed(1, 1), one_seed(0, 1)).estimate
    assert (estimate.value, estimate.image) == (0.5, 0.25)  # 1 and 0: a variance of 1/2, of two images


def test_an_accuracy_of_two_seeds_has_a_variance_of_seeds():
    right = random_right(0, 2, 40, 0.7)
    (part,) = paired.accuracy(classifier(right), np.bincount(right.sum(0), minlength=3)).parts
    assert part.seed == pytest.approx(np.var(right.mean(1), ddof=1) / 2)


def test_a_comparison_of_a_worked_example():
    # Shares of seeds that are right: 1, 1, 2/3, 1/3; of the second, which has two seeds, 1, 0, 1/2, 0.
    first = np.array([[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 0]], dtype=bool)
    second = np.array([[1, 0, 1, 0], [1, 0, 0, 0]], dtype=bool)
    comparison = compare(first, second)
    # The differences are 0, 6, 1 and 2 sixths: 9/24 of the images, squares 41 - 81/4 = 83/4 from the mean.
    assert comparison.estimate.value == pytest.approx(9 / 24)
    assert comparison.estimate.image == pytest.approx(83 / 4 / 36 / 3 / 4)
    assert comparison.estimate.images == 4
    # Seeds have 4/4, 3/4 and 2/4 right, and 2/4 and 1/4.
    assert [part.seed for part in comparison.estimate.parts] == pytest.approx([1 / 16 / 3, 1 / 32 / 2])
    assert [part.runs for part in comparison.estimate.parts] == [3, 2]
    assert [part.both for part in comparison.estimate.parts] == pytest.approx([residual(first), residual(second)])
    assert comparison.sign_flip_p == 2 / 8
    # The seeds with 4/4 and 3/4 are better than both others; 2/4 is as good as one and better than the other.
    assert comparison.outperforms[0] == pytest.approx(5.5 / 6)
    assert comparison.one_seed is False


def test_one_more_image_each_makes_the_adjusted_estimate():
    """Bonett and Price: one more image on which the first is right alone, and one on which the second is."""
    first, second = random_right(0, 4, 30, 0.8), random_right(1, 6, 30, 0.7)
    comparison = compare(first, second)
    ours = np.concatenate([first, np.tile([True, False], (4, 1))], axis=1)
    theirs = np.concatenate([second, np.tile([False, True], (6, 1))], axis=1)
    differences = ours.mean(0) - theirs.mean(0)
    adjusted = comparison.adjusted
    assert adjusted.value == pytest.approx(differences.mean(), rel=1e-12)
    assert adjusted.value == pytest.approx(comparison.estimate.value * 30 / 32, rel=1e-12)
    assert adjusted.image == pytest.approx(np.var(differences, ddof=1) / 32, rel=1e-12)
    assert adjusted.images == 32
    assert adjusted.parts == comparison.estimate.parts


def test_no_discordant_image_is_no_proof_of_equality():
    right = one_seed(*[1, 0] * 20)
    comparison = compare(right, right, (False, False))
    assert (comparison.estimate.value, comparison.estimate.variance) == (0, 0)
    # Two of 42 images differ by 1: the variance is 2/41, of 42 images.
    assert comparison.adjusted == Estimate(0.0, (), pytest.approx(2 / 41 / 42), 42)


@pytest.mark.parametrize(("ours", "theirs"), [((3, 40), (4, 40)), ((5, 17), (3, 17))])
def test_a_turned_comparison_is_the_other_way_round(ours, theirs):
    first, second = random_right(0, *ours, 0.7), random_right(1, *theirs, 0.7)
    comparison, back = compare(first, second), compare(second, first)
    turned = comparison.turned()
    assert turned.estimate.value == -comparison.estimate.value
    assert turned.adjusted.value == -comparison.adjusted.value
    assert (turned.estimate.parts, turned.estimate.image) == (comparison.estimate.parts, comparison.estimate.image)
    assert turned.adjusted.image == comparison.adjusted.image
    assert (turned.sign_flip_p, turned.one_seed) == (comparison.sign_flip_p, comparison.one_seed)
    assert turned.outperforms == pytest.approx(back.outperforms, abs=1e-9)
    assert turned.outperforms[1] < turned.outperforms[0] < turned.outperforms[2]
    assert back.estimate.value == turned.estimate.value
    assert back.estimate.image == pytest.approx(turned.estimate.image, rel=1e-12)
    assert back.estimate.parts == turned.estimate.parts[::-1]
    assert back.sign_flip_p == pytest.approx(turned.sign_flip_p, rel=1e-9)


def test_a_turned_difference_of_0_has_no_sign():
    right = one_seed(*[1, 0] * 20)
    turned = compare(right, right).turned()
    assert (str(turned.estimate.value), str(turned.adjusted.value)) == ("0.0", "0.0")
    assert turned.outperforms is None


@pytest.mark.parametrize(
    ("ours", "theirs", "trained", "one", "parts"),
    [
        (1, 5, (True, True), True, 0),
        (5, 1, (True, True), True, 0),
        (1, 1, (True, True), True, 0),
        (1, 1, (True, False), True, 0),
        (1, 1, (False, True), True, 0),
        (5, 1, (True, False), False, 1),
        (1, 5, (False, True), False, 1),
        (1, 1, (False, False), False, 0),
        (2, 5, (True, True), False, 2),
    ],
)
def test_a_trained_classifier_with_one_seed_says_nothing_about_seeds(ours, theirs, trained, one, parts):
    comparison = compare(random_right(0, ours, 40, 0.8), random_right(1, theirs, 40, 0.7), trained)
    assert comparison.one_seed is one
    assert len(comparison.estimate.parts) == len(comparison.adjusted.parts) == parts
    assert (comparison.outperforms is None) is (one or trained == (False, False))
    if parts == 1:
        assert comparison.estimate.parts[0].runs == 5


def test_of_one_seed_the_estimate_is_for_other_images_alone():
    first, second = random_right(0, 1, 40, 0.8), random_right(1, 5, 40, 0.7)
    estimate = compare(first, second).estimate
    differences = first.mean(0) - second.mean(0)
    assert estimate.variance == pytest.approx(np.var(differences, ddof=1) / 40, rel=1e-12)
    assert estimate.freedom == pytest.approx(39)


def test_identical_runs_that_are_paired_have_no_variance_at_all():
    right = random_right(0, 5, 40, 0.7)
    comparison = compare(right, right, paired_seeds=True)
    assert (comparison.estimate.value, comparison.estimate.variance, comparison.estimate.p()) == (0, 0, 1)
    assert comparison.sign_flip_p == 1
    assert comparison.outperforms[0] == 0.5
    unpaired = compare(right, right)
    assert unpaired.estimate.value == 0
    assert unpaired.estimate.seed == pytest.approx(2 * np.var(right.mean(1), ddof=1) / 5)


def test_a_common_start_is_taken_off_where_seeds_are_paired():
    common = random_right(0, 6, 200, 0.7)
    better = common | (np.random.default_rng(1).random((6, 200)) < 0.1)
    of_pairs, of_all = compare(better, common, paired_seeds=True), compare(better, common)
    assert of_pairs.estimate.value == of_all.estimate.value
    assert of_pairs.estimate.image == of_all.estimate.image
    assert of_pairs.estimate.seed < of_all.estimate.seed / 3
    assert of_pairs.outperforms == (1.0, *proportion_confint(6, 6, method="wilson"))


def test_paired_seeds_need_the_same_seeds():
    first, second = random_right(0, 3, 40, 0.7), random_right(1, 2, 40, 0.7)
    with pytest.raises(ValueError, match="shorter"):
        paired.compare(classifier(first), classifier(second), images_of(first, second), True)


def test_the_estimate_of_an_accuracy():
    right = random_right(0, 3, 40, 0.7)
    counts = np.bincount(right.sum(0), minlength=4)
    estimate = paired.accuracy(classifier(right), counts)
    assert estimate.value == pytest.approx(right.mean())
    assert estimate.image == pytest.approx(np.var(right.mean(0), ddof=1) / 40)
    assert estimate.images == 40
    assert estimate.parts[0].seed == pytest.approx(np.var(right.mean(1), ddof=1) / 3)
    assert paired.accuracy(classifier(right, trained=False), counts) == Estimate(estimate.value, (), estimate.image, 40)
    single = paired.accuracy(classifier(right[:1]), np.bincount(right[0], minlength=2))
    assert (single.parts, single.freedom) == ((), pytest.approx(39))


def test_the_accuracy_on_one_image_has_no_variance():
    assert paired.accuracy(Classifier({0: 1.0}, False), np.array([0, 1])) == Estimate(1.0, (), 0.0, 1)
    assert compare(one_seed(1), one_seed(0)).estimate == Estimate(1.0, (), 0.0, 1)


def test_a_classifier_knows_its_accuracies_in_the_order_of_its_seeds():
    own = Classifier({3: 0.5, 7: 0.25}, True)
    assert (own.accuracies, own.seeds) == ([0.5, 0.25], 2)


# --- The probability of outperforming.


def net(*accuracies):
    return Classifier(dict(enumerate(accuracies)), True)


def baseline(accuracy):
    return Classifier({0: accuracy}, False)


@pytest.mark.parametrize(
    ("first", "second", "share"),
    [
        (net(0.9, 0.8, 0.85), net(0.7, 0.75), 1),
        (net(0.7, 0.75), net(0.9, 0.8, 0.85), 0),
        (net(0.9, 0.8), net(0.9, 0.8), 0.5),  # two pairs are equally good, one better and one worse
        (net(0.9, 0.7, 0.6), net(0.8, 0.7), 2.5 / 6),  # 0.9 is better than both; 0.7 is as good as 0.7
        (net(0.5, 0.5), net(0.5, 0.5), 0.5),
    ],
)
def test_outperforming_is_the_share_of_all_pairs_of_seeds(first, second, share):
    assert outperforming(first, second, False)[0] == pytest.approx(share, abs=1e-15)


def test_outperforming_of_the_same_seeds_is_the_share_of_the_seeds():
    # Better, as good, worse, better; of all 16 pairs other shares are.
    first, second = net(0.9, 0.8, 0.7, 0.6), net(0.85, 0.8, 0.75, 0.2)
    share, low, high = outperforming(first, second, True)
    assert share == 2.5 / 4
    assert (low, high) == pytest.approx(proportion_confint(2.5, 4, method="wilson"), abs=1e-12)
    assert outperforming(first, second, False)[0] == pytest.approx((4 + 2.5 + 1 + 1) / 16)


def test_outperforming_a_baseline_is_the_share_of_the_seeds():
    trained = net(0.9, 0.8, 0.7, 0.95, 0.75)
    for other, better in ((baseline(0.75), 3.5), (baseline(0.2), 5), (baseline(0.99), 0)):
        share, low, high = outperforming(trained, other, False)
        assert share == pytest.approx(better / 5)
        assert (low, high) == pytest.approx(proportion_confint(better, 5, method="wilson"), abs=1e-12)
        turned = outperforming(other, trained, False)
        assert turned == pytest.approx((1 - share, 1 - high, 1 - low), abs=1e-12)


def by_newcombe(share, first, second):
    """The ends of Newcombe's interval, by another search and the variance of Hanley and McNeil at each true value."""
    mean = (first + second) / 2

    def distance(true):
        alike, other = true / (2 - true), 2 * true**2 / (1 + true)  # Hanley and McNeil's Q1 and Q2
        variance = true * (1 - true) + (mean - 1) * (alike - true**2) + (mean - 1) * (other - true**2)
        return abs(share - true) - stats.norm.ppf(0.975) * math.sqrt(variance / (first * second))

    low = optimize.bisect(distance, 1e-15, share - 1e-12, xtol=1e-14) if share > 0 else 0.0
    high = optimize.bisect(distance, share + 1e-12, 1 - 1e-15, xtol=1e-14) if share < 1 else 1.0
    return low, high


@pytest.mark.parametrize(("first", "second"), [(5, 5), (2, 7), (10, 3), (40, 20)])
def test_newcombes_interval_is_found_by_another_search(first, second):
    random = np.random.default_rng(first)
    for gap in (-3, -0.4, 0, 0.4, 3):
        ours, theirs = random.normal(gap, 1, first).round(1).tolist(), random.normal(0, 1, second).round(1).tolist()
        share, low, high = outperforming(net(*ours), net(*theirs), False)
        assert share == pytest.approx(fmean((our > their) + 0.5 * (our == their) for our in ours for their in theirs))
        assert (low, high) == pytest.approx(by_newcombe(share, first, second), abs=1e-9)
        assert 0 <= low <= share <= high <= 1
        assert outperforming(net(*theirs), net(*ours), False) == pytest.approx((1 - share, 1 - high, 1 - low), abs=1e-9)


def test_newcombes_interval_of_a_worked_example():
    # All of 5 x 5 pairs. At the end T: (1 - T)^2 = z^2 T (1 - T) (1 + 4 ((1 - T) / (2 - T) + T / (1 + T))) / 25.
    share, low, high = outperforming(net(*[0.9] * 5), net(*[0.8] * 5), False)
    assert (share, high) == (1, 1)
    spread = 1 + 4 * ((1 - low) / (2 - low) + low / (1 + low))
    assert (1 - low) ** 2 == pytest.approx(1.959963984540054**2 * low * (1 - low) * spread / 25, rel=1e-9)
    assert 0.6 < low < 0.8
    share, low, high = outperforming(net(*[0.8] * 5), net(*[0.9] * 5), False)
    assert (share, low) == (0, 0)
    assert 0.2 < high < 0.4
