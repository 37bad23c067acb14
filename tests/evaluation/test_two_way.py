"""The two-way interval and test: by hand, and against statsmodels."""

import math
import statistics

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.sandwich_covariance import cov_cluster_2groups

from ladder.evaluation import paired, two_way
from ladder.evaluation.two_way import Estimate, Part
from tests.evaluation.layouts import classifier, compare

# Accuracies 3/4 and 1/2; shares of the seeds that are right 1, 1, 1/2, 0.
UPPER = np.array([[1, 1, 1, 0], [1, 1, 0, 0]], dtype=bool)
# Accuracies 1/4 and 1/4; shares 1/2, 1/2, 0, 0.
LOWER = np.array([[1, 0, 0, 0], [0, 1, 0, 0]], dtype=bool)


def random_layout(seed, runs, images, share=0.7):
    """A layout with effects of seeds, of images, and of both together."""
    random = np.random.default_rng(seed)
    chances = share + 0.1 * random.normal(size=(runs, 1)) + 0.2 * random.normal(size=(1, images))
    return random.random((runs, images)) < chances


def accuracy(right, trained=True):
    return paired.accuracy(classifier(right, trained), np.bincount(right.sum(0), minlength=len(right) + 1))


# --- By hand.


def test_the_variances_of_an_accuracy_by_hand():
    estimate = accuracy(UPPER)
    # Seeds: 3/4 and 1/2 have the variance 1/32, of two seeds.
    # Images: 3/8, 3/8, -1/8 and -5/8 from the mean, squares 44/64, divided by 3, of four images.
    # Both: squares 8 (5/8) (3/8) = 15/8 in all, less 4 (2/64) of seeds and 2 (44/64) of images, leaves 3/8; with
    # 1 x 3 degrees of freedom a mean square of 1/8, of eight cells.
    assert (estimate.value, estimate.images, estimate.parts[0].runs) == (5 / 8, 4, 2)
    assert (estimate.seed, estimate.image, estimate.both) == pytest.approx((1 / 64, 11 / 192, 1 / 64), rel=1e-14)
    assert estimate.variance == pytest.approx(11 / 192, rel=1e-14)
    # (11/192)^2 / ((3/192)^2 / 1 + (11/192)^2 / 3)
    assert estimate.freedom == pytest.approx(121 / (9 + 121 / 3), rel=1e-13)
    half = stats.t.ppf(0.975, 363 / 148) * math.sqrt(11 / 192)
    assert estimate.interval(0.95) == pytest.approx((5 / 8 - half, 5 / 8 + half), rel=1e-12)
    assert estimate.error == pytest.approx(math.sqrt(11 / 192), rel=1e-14)


def test_the_variances_of_a_difference_by_hand():
    estimate = compare(UPPER, LOWER).estimate
    # The seeds of LOWER are equally good. Its squares are 8 (1/4) (3/4) = 3/2 in all, less 2 x 4/16 of images: 1 is
    # left, with a mean square of 1/3, of eight cells.
    upper, lower = estimate.parts
    assert (upper.seed, upper.both, upper.runs) == pytest.approx((1 / 64, 1 / 64, 2), rel=1e-14)
    assert (lower.seed, lower.both, lower.runs) == (0, pytest.approx(1 / 24, rel=1e-14), 2)
    # The differences of the shares are 1/2, 1/2, 1/2 and 0: squares 12/64 from the mean, divided by 3, of four images.
    assert (estimate.value, estimate.image) == (3 / 8, pytest.approx(1 / 64, rel=1e-14))
    # The sum 3/192 + 3/192 - 11/192 is negative.
    assert estimate.variance == pytest.approx(1 / 64, rel=1e-14)
    assert estimate.freedom == pytest.approx(1 / (1 / 1 + 1 / 3), rel=1e-13)
    assert estimate.p() == pytest.approx(2 * stats.t.sf(3, 0.75), rel=1e-12)  # (3/8) / (1/8)


def test_the_variances_of_a_difference_of_pairs_of_seeds_by_hand():
    estimate = compare(UPPER, LOWER, paired_seeds=True).estimate
    # The differences are 0, 1, 1, 0 and 1, 0, 0, 0: means 1/2 and 1/4 of the seeds; squares 3 - 8 (3/8)^2 = 15/8 in
    # all, less 1/8 of seeds and 3/8 of images: 11/8 is left, with a mean square of 11/24, of eight cells.
    (pair,) = estimate.parts
    assert pair == pytest.approx((1 / 64, 11 / 192, 2), rel=1e-14)
    assert (estimate.value, estimate.image) == (3 / 8, pytest.approx(1 / 64, rel=1e-14))


def test_the_three_variances_are_added_and_the_common_one_is_taken_off_once():
    estimate = Estimate(0.05, (Part(4e-4, 1e-4, 5), Part(2e-4, 0.5e-4, 3)), 3e-4, 41)
    assert (estimate.seed, estimate.both) == (pytest.approx(6e-4), pytest.approx(1.5e-4))
    assert estimate.variance == pytest.approx(6e-4 + 3e-4 - 1.5e-4)
    assert estimate.error == pytest.approx(math.sqrt(7.5e-4))
    # 7.5^2 / (4^2 / 4 + 2^2 / 2 + 3^2 / 40)
    freedom = 56.25 / (4 + 2 + 9 / 40)
    assert estimate.freedom == pytest.approx(freedom)
    assert estimate.p() == pytest.approx(2 * stats.t.sf(0.05 / math.sqrt(7.5e-4), freedom), rel=1e-12)
    for level, quantile in ((0.95, 0.975), (0.9, 0.95)):
        half = stats.t.ppf(quantile, freedom) * math.sqrt(7.5e-4)
        assert estimate.interval(level) == pytest.approx((0.05 - half, 0.05 + half), rel=1e-10)


@pytest.mark.parametrize(
    ("seed", "image", "both", "variance"),
    [(4.0, 1.0, 2.0, 4.0), (1.0, 4.0, 2.0, 4.0), (4.0, 3.0, 1.0, 6.0), (1.0, 2.0, 9.0, 2.0), (2.0, 1.0, 9.0, 2.0)],
)
def test_a_variance_is_no_less_than_that_of_seeds_or_of_images_alone(seed, image, both, variance):
    assert Estimate(0.1, (Part(seed, both, 5),), image, 40).variance == variance


def test_p_and_the_interval_say_the_same():
    estimate = Estimate(-0.05, (Part(4e-4, 1e-4, 5),), 3e-4, 41)
    level = 1 - estimate.p()
    assert estimate.interval(level) == pytest.approx((-0.1, 0), abs=1e-12)
    mirrored = Estimate(0.05, estimate.parts, estimate.image, estimate.images)
    assert mirrored.p() == estimate.p()


def test_an_estimate_without_variance_is_certain():
    for value, p in ((0.0, 1.0), (0.3, 0.0), (-0.3, 0.0)):
        estimate = Estimate(value, (Part(0.0, 0.0, 3),), 0.0, 40)
        assert (estimate.p(), estimate.freedom, estimate.interval(0.95)) == (p, math.inf, (value, value))
        assert estimate.quantile(0.975) == pytest.approx(stats.norm.ppf(0.975), abs=1e-9)
    assert [Estimate(value, (), 0.0, 40).p_within(0.3) for value in (0.2, 0.3, 0.4)] == [0, 0.5, 1]


def test_a_difference_of_0_has_the_p_1():
    assert Estimate(0.0, (Part(4e-4, 1e-4, 5),), 3e-4, 41).p() == 1


def test_a_part_of_one_image_has_no_variance_of_both():
    assert two_way.part([1.0, 0.0], 1.0, 0.25, 1) == Part(0.25, 0.0, 2)


def test_a_part_has_no_negative_variance_though_sums_are_rounded():
    # Three equal runs on three images, of values whose squares are not whole.
    value = 1 / 3
    means, squares, pooled = [value] * 3, 9 * value**2 * (1 - 1e-12), 3 * value**2
    assert two_way.part(means, squares, pooled, 3) == Part(0.0, 0.0, 3)


# --- Against statsmodels and against sums over all cells.


def mean_squares(layout):
    """The mean squares of seeds, of images and of the rest, by statsmodels' analysis of variance."""
    runs, images = layout.shape
    table = pd.DataFrame(
        {"y": layout.ravel(), "seed": np.repeat(range(runs), images), "image": np.tile(range(images), runs)}
    )
    anova = sm.stats.anova_lm(ols("y ~ C(seed) + C(image)", table.astype({"y": float})).fit())
    return (anova["sum_sq"] / anova["df"]).tolist()


def residual(layout):
    """The residual mean square, cell by cell."""
    runs, images = layout.shape
    rest = layout - layout.mean(1, keepdims=True) - layout.mean(0, keepdims=True) + layout.mean()
    return sum(rest[r, i] ** 2 for r in range(runs) for i in range(images)) / ((runs - 1) * (images - 1))


@pytest.mark.parametrize(("runs", "images"), [(2, 2), (2, 30), (5, 17), (9, 40)])
def test_the_variances_of_an_accuracy_are_statsmodels_mean_squares(runs, images):
    layout = random_layout(runs, runs, images)
    estimate = accuracy(layout)
    of_seeds, of_images, of_both = (square / (runs * images) for square in mean_squares(layout))
    assert estimate.value == pytest.approx(layout.mean(), abs=1e-14)
    assert (estimate.seed, estimate.image, estimate.both) == pytest.approx((of_seeds, of_images, of_both), abs=1e-12)
    assert estimate.both == pytest.approx(residual(layout.astype(float)) / (runs * images), abs=1e-12)


@pytest.mark.parametrize("runs", [2, 3, 8])
def test_the_variances_of_pairs_of_seeds_are_statsmodels_mean_squares(runs):
    first, second = random_layout(runs, runs, 25), random_layout(runs + 50, runs, 25, 0.6)
    estimate = compare(first, second, paired_seeds=True).estimate
    layout = first.astype(float) - second
    of_seeds, of_images, of_both = (square / layout.size for square in mean_squares(layout))
    assert (estimate.seed, estimate.image, estimate.both) == pytest.approx((of_seeds, of_images, of_both), abs=1e-12)
    assert estimate.value == pytest.approx(layout.mean(), abs=1e-14)
    assert len(estimate.parts) == 1


@pytest.mark.parametrize(("ours", "theirs"), [(2, 2), (2, 5), (7, 3), (10, 9)])
def test_the_variances_of_a_difference_are_sums_over_all_cells(ours, theirs):
    first, second = random_layout(ours, ours, 31), random_layout(theirs + 50, theirs, 31, 0.6)
    estimate = compare(first, second).estimate
    differences = [statistics.fmean(first[:, i]) - statistics.fmean(second[:, i]) for i in range(31)]
    assert estimate.value == pytest.approx(statistics.fmean(differences), abs=1e-14)
    assert estimate.image == pytest.approx(statistics.variance(differences) / 31, abs=1e-12)
    for part, layout in zip(estimate.parts, (first.astype(float), second.astype(float)), strict=True):
        assert part.runs == len(layout)
        assert part.seed == pytest.approx(np.var(layout.mean(1), ddof=1) / len(layout), abs=1e-12)
        assert part.both == pytest.approx(residual(layout) / layout.size, abs=1e-12)


@pytest.mark.parametrize("baseline_first", [True, False])
def test_a_baseline_has_no_variance_of_seeds(baseline_first):
    net, baseline = random_layout(4, 6, 31), random_layout(5, 1, 31)
    pair, trained = ((baseline, net), (False, True)) if baseline_first else ((net, baseline), (True, False))
    estimate = compare(*pair, trained).estimate
    (part,) = estimate.parts
    assert part == pytest.approx(
        (np.var(net.mean(1), ddof=1) / 6, residual(net.astype(float)) / net.size, 6), abs=1e-12
    )
    differences = pair[0].mean(0) - pair[1].mean(0)
    assert estimate.image == pytest.approx(np.var(differences, ddof=1) / 31, abs=1e-12)
    assert estimate.value == pytest.approx(differences.mean(), abs=1e-14)


def test_of_two_baselines_images_alone_have_a_variance():
    first, second = random_layout(4, 1, 31), random_layout(5, 1, 31, 0.5)
    estimate = compare(first, second, (False, False)).estimate
    assert (estimate.parts, estimate.seed, estimate.both) == ((), 0, 0)
    assert estimate.freedom == pytest.approx(30)
    expected = stats.ttest_rel(first[0].astype(float), second[0])
    assert estimate.p() == pytest.approx(expected.pvalue, rel=1e-10)
    assert estimate.interval(0.95) == pytest.approx(tuple(expected.confidence_interval(0.95)), rel=1e-10)


def clustered(layout):
    """The variance of the mean by Cameron, Gelbach and Miller, clustered by seeds and by images."""
    runs, images = layout.shape
    rest = layout - layout.mean()
    cells = runs * images
    by_seed = sum(sum(rest[r, i] for i in range(images)) ** 2 for r in range(runs)) / cells**2
    by_image = sum(sum(rest[r, i] for r in range(runs)) ** 2 for i in range(images)) / cells**2
    by_both = sum(rest[r, i] ** 2 for r in range(runs) for i in range(images)) / cells**2
    return by_seed, by_image, by_both


@pytest.mark.parametrize(("runs", "images"), [(2, 40), (5, 23), (12, 12)])
def test_the_variances_are_those_of_two_way_clusters(runs, images):
    layout = random_layout(runs + 9, runs, images).astype(float)
    estimate = accuracy(layout.astype(bool))
    by_seed, by_image, by_both = clustered(layout)
    # Clustered variances divide by n, ours by n - 1. The squares of cells are those of seeds, of images and of both.
    assert by_seed == pytest.approx(estimate.seed * (runs - 1) / runs, abs=1e-12)
    assert by_image == pytest.approx(estimate.image * (images - 1) / images, abs=1e-12)
    squares = (runs - 1) * estimate.seed + (images - 1) * estimate.image + (runs - 1) * (images - 1) * estimate.both
    assert by_both == pytest.approx(squares / (runs * images), abs=1e-12)
    seeds, numbers = np.repeat(range(runs), images), np.tile(range(images), runs)
    fitted = sm.OLS(layout.ravel(), np.ones(runs * images)).fit()
    _, theirs_by_seed, theirs_by_image = cov_cluster_2groups(fitted, seeds, numbers)
    assert estimate.seed == pytest.approx(theirs_by_seed.item(), abs=1e-12)
    assert estimate.image == pytest.approx(theirs_by_image.item(), abs=1e-12)
    both, _, _ = cov_cluster_2groups(fitted, seeds, numbers, use_correction=False)
    assert by_seed + by_image - by_both == pytest.approx(both.item(), abs=1e-12)


def test_the_two_way_variance_is_the_clustered_one_in_the_limit_of_many_seeds_and_images():
    random = np.random.default_rng(3)
    chances = 0.5 + 0.2 * random.normal(size=(120, 1)) + 0.2 * random.normal(size=(1, 400))
    layout = random.random((120, 400)) < chances
    by_seed, by_image, by_both = clustered(layout.astype(float))
    assert accuracy(layout).variance == pytest.approx(by_seed + by_image - by_both, rel=0.015)


def test_the_image_variance_of_a_difference_is_that_of_clusters_of_images():
    first, second = random_layout(1, 4, 60).astype(float), random_layout(2, 4, 60, 0.6).astype(float)
    side = np.repeat([1.0, 0.0], 240)
    fitted = sm.OLS(np.concatenate([first.ravel(), second.ravel()]), sm.add_constant(side)).fit(
        cov_type="cluster", cov_kwds={"groups": np.tile(range(60), 8), "use_correction": False}
    )
    estimate = compare(first.astype(bool), second.astype(bool)).estimate
    assert fitted.params[1] == pytest.approx(estimate.value, abs=1e-12)
    assert fitted.bse[1] ** 2 == pytest.approx(estimate.image * 59 / 60, abs=1e-12)
    fitted = fitted.model.fit(cov_type="cluster", cov_kwds={"groups": np.repeat(range(8), 60), "use_correction": False})
    assert fitted.bse[1] ** 2 == pytest.approx(estimate.seed * 3 / 4, abs=1e-12)


# --- Equivalence.


def test_two_one_sided_tests_by_hand():
    # Images alone, with 40 degrees of freedom. The margin is 0.05, the value 0.02: t = 0.03 / 0.03 = 1.
    estimate = Estimate(0.02, (), 9e-4, 41)
    assert estimate.p_within(0.05) == pytest.approx(stats.t.sf(1, 40), rel=1e-12)
    assert Estimate(-0.02, (), 9e-4, 41).p_within(0.05) == estimate.p_within(0.05)
    assert estimate.p_within(0.02) == pytest.approx(0.5)
    assert estimate.p_within(0.0) == pytest.approx(stats.t.cdf(2 / 3, 40), rel=1e-12)


@pytest.mark.parametrize("value", [-0.004, 0.0, 0.001, 0.011])
def test_the_p_is_the_larger_one_of_two_one_sided_t_tests(value):
    estimate, margin = Estimate(value, (Part(2e-6, 1e-6, 5),), 4e-6, 400), 0.01
    above = stats.t.sf((value + margin) / estimate.error, estimate.freedom)
    below = stats.t.cdf((value - margin) / estimate.error, estimate.freedom)
    assert estimate.p_within(margin) == pytest.approx(max(above, below), rel=1e-10)


# --- What would decide it.

GAP = Estimate(0.02, (Part(1.5e-4, 0.3e-4, 5), Part(0.6e-4, 0.2e-4, 3)), 2e-4, 500)


def least(alpha, value, parts, image, images, seeds=1.0, more_images=1.0):
    """The least difference that is found with so many times the seeds and the images, by its own formula."""
    both = sum(part.both for part in parts)
    cells = seeds * more_images
    own = [(part.seed - part.both) / seeds + part.both / cells for part in parts]
    of_images = (image - both) / more_images + both / cells
    variance = sum(own) + of_images - both / cells
    below = sum(v**2 / (part.runs * seeds - 1) for v, part in zip(own, parts, strict=True))
    freedom = variance**2 / (below + of_images**2 / (images * more_images - 1))
    return (stats.t.ppf(1 - alpha / 2, freedom) + stats.t.ppf(0.8, freedom)) * math.sqrt(variance)


def test_the_smallest_difference_that_is_found_by_hand():
    # Images alone, with 40 degrees of freedom: t(0.975) = 2.0211 and t(0.8) = 0.8507 of a printed table.
    estimate = Estimate(0.02, (), 9e-4, 41)
    assert estimate.detectable(0.05) == pytest.approx((2.0211 + 0.8507) * 0.03, rel=1e-4)
    assert estimate.detectable(0.01) == pytest.approx((2.7045 + 0.8507) * 0.03, rel=1e-4)
    assert two_way.POWER == 0.8
    assert GAP.detectable(0.05) == pytest.approx(least(0.05, *vars(GAP).values()), rel=1e-9)


def test_a_study_of_another_size_has_the_variances_that_are_expected_of_it():
    larger = GAP.resized(seeds=2, images=3)
    # Of 1.2e-4 a half and of 0.3e-4 a sixth are left.
    assert larger.parts[0] == pytest.approx((0.6e-4 + 0.05e-4, 0.05e-4, 10))
    assert larger.parts[1] == pytest.approx((0.2e-4 + 0.2e-4 / 6, 0.2e-4 / 6, 6))
    # Of images 2e-4 - 0.5e-4, a third of it, and a sixth of 0.5e-4.
    assert larger.image == pytest.approx(0.5e-4 + 0.5e-4 / 6)
    assert (larger.value, larger.images) == (0.02, 1500)
    assert larger.both == pytest.approx(0.5e-4 / 6)
    assert larger.variance == pytest.approx(0.8e-4 + 0.5e-4 + 0.5e-4 / 6)
    assert GAP.resized(seeds=2) == GAP.resized(2, 1)
    assert GAP.resized(seeds=2).images == 500
    assert [part.runs for part in GAP.resized(images=3).parts] == [5, 3]


NEGATIVE = [
    GAP,
    Estimate(0.02, (Part(1e-4, 3e-4, 5), Part(4e-4, 1e-4, 5)), 9e-4, 500),  # a component of seeds below 0
    Estimate(0.02, (Part(5e-4, 3e-4, 5),), 1e-4, 500),  # the component of images below 0
    Estimate(0.02, (Part(1e-4, 3e-4, 5),), 2e-4, 500),  # both
    Estimate(0.02, (), 2e-4, 500),
]


@pytest.mark.parametrize("estimate", NEGATIVE)
def test_a_study_of_the_same_size_has_the_same_variances(estimate):
    same = estimate.resized(1, 1)
    assert same.variance == pytest.approx(estimate.variance, rel=1e-12)
    assert same.freedom == pytest.approx(estimate.freedom, rel=1e-12)
    assert same.detectable(0.05) == pytest.approx(estimate.detectable(0.05), rel=1e-12)


@pytest.mark.parametrize("estimate", NEGATIVE)
def test_a_larger_study_has_no_larger_variance(estimate):
    for more in ({"seeds": 2}, {"images": 2}, {"seeds": 2, "images": 2}):
        assert estimate.resized(**more).variance <= estimate.variance
    negative = estimate.resized(images=4)
    assert all(part.seed >= 0 for part in negative.parts)
    assert negative.image >= 0


def test_a_component_below_0_is_taken_for_the_variance_of_both():
    larger = NEGATIVE[3].resized(seeds=2, images=5)
    assert larger.parts[0] == pytest.approx((1e-5, 3e-5, 10))
    assert larger.image == pytest.approx(2e-5)


@pytest.mark.parametrize(("value", "alpha"), [(0.03, 0.05), (0.03, 0.005), (-0.028, 0.05), (0.035, 0.01)])
def test_the_number_of_seeds_is_the_smallest_that_is_enough(value, alpha):
    estimate = Estimate(value, GAP.parts, 0.7e-4, GAP.images)
    about = (value, estimate.parts, estimate.image, estimate.images)
    number = estimate.seeds_needed(alpha)
    assert number > 5
    assert least(alpha, *about, seeds=number / 5) <= abs(value)
    assert least(alpha, *about, seeds=(number - 1) / 5) > abs(value)


@pytest.mark.parametrize(("value", "alpha"), [(0.045, 0.05), (-0.045, 0.05), (0.07, 0.01), (0.049, 0.05)])
def test_the_number_of_images_is_the_smallest_that_is_enough(value, alpha):
    estimate = Estimate(value, GAP.parts, 2e-3, GAP.images)
    about = (value, estimate.parts, estimate.image, estimate.images)
    number = estimate.images_needed(alpha)
    assert number > 500
    assert least(alpha, *about, more_images=number / 500) <= abs(value)
    assert least(alpha, *about, more_images=(number - 1) / 500) > abs(value)


def test_a_difference_that_is_found_already_needs_no_more():
    estimate = Estimate(0.5, GAP.parts, GAP.image, GAP.images)
    assert (estimate.seeds_needed(0.05), estimate.images_needed(0.05)) == (5, 500)
    baselines = Estimate(0.5, (), GAP.image, GAP.images)
    assert (baselines.seeds_needed(0.05), baselines.images_needed(0.05)) == (None, 500)


def test_a_difference_that_is_just_found_is_enough():
    # Nothing of the images: 2 runs have a variance of 1, 4 runs of 1/2.
    estimate = Estimate(0.0, (Part(1.0, 0.0, 2),), 0.0, 100)
    least = estimate.resized(seeds=2).detectable(0.05)
    assert Estimate(least, estimate.parts, 0.0, 100).seeds_needed(0.05) == 4
    assert Estimate(least * 0.999999, estimate.parts, 0.0, 100).seeds_needed(0.05) == 5
    assert Estimate(-least, estimate.parts, 0.0, 100).seeds_needed(0.05) == 4


def test_where_no_number_is_enough_there_is_none():
    # 0.02 is 1.4 standard errors of the images; no number of seeds changes it. Nor do images change that of the seeds.
    assert GAP.seeds_needed(0.05) is None
    assert GAP.images_needed(0.05) is None
    nothing = Estimate(0.0, GAP.parts, GAP.image, GAP.images)
    assert (nothing.seeds_needed(0.05), nothing.images_needed(0.05)) == (None, None)
    alone = Estimate(0.02, (), 2e-4, 500)
    assert alone.seeds_needed(0.05) is None
    assert alone.images_needed(0.05) == pytest.approx(500 * (2.8 / 0.02) ** 2 * 2e-4, rel=0.01)


def test_no_number_is_said_to_be_needed_beyond_ten_millions():
    def images_needed(times):
        # The variance is 1; with so many times the images it is 1 / times.
        value = (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) / math.sqrt(times)
        return Estimate(value, (), 1.0, 1000).images_needed(0.05)

    assert two_way.MOST == 10**7
    assert images_needed(9_999) == pytest.approx(9_999_000, rel=1e-5)
    assert images_needed(10_001) is None
    assert images_needed(15_000) is None
    # A study may have more images than this by itself.
    estimate = Estimate(1.0, (), 0.01, 2 * 10**7)
    assert estimate.images_needed(0.05) == 2 * 10**7
    assert Estimate(0.1, (), 0.01, 2 * 10**7).images_needed(0.05) is None
