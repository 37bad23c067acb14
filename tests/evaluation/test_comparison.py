import tempfile
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from ladder.evaluation import comparison, paired, verdict
from ladder.evaluation.comparison import Right
from ladder.evaluation.judging import TESTS, Rules
from ladder.evaluation.paired import Classifier
from ladder.evaluation.statistics import wilson
from tests.evaluation.layouts import compare


def rung(*wrong, images=40, seeds=1):
    """A rung that is right on all images but the first `wrong`: one number for all seeds, or one a seed."""
    counts = wrong * seeds if len(wrong) == 1 else wrong
    return np.arange(images) >= np.array(counts)[:, None]


def classifiers(ladder, trained=None, seeds=None):
    """The classifiers of a ladder; unless told, a rung with more than one seed is trained, and seeds are 0, 1, ..."""
    return {
        name: Classifier(
            dict(zip((seeds or {}).get(name, range(len(right))), right.mean(1).tolist(), strict=True)),
            len(right) > 1 if trained is None else name in trained,
        )
        for name, right in ladder.items()
    }


def validation_rows(ladder, **how):
    right = {name: np.bincount(right.sum(0), minlength=len(right) + 1) for name, right in ladder.items()}
    return comparison.validation_rows(classifiers(ladder, **how), right)


def comparison_rows(ladder, images_at_a_time=70, majority=None, rules=None, trained=None, seeds=None, **more):
    """The rows, by way of a real file; `majority` tells where a majority outside the ladder is right."""
    kept = ladder if majority is None else {**ladder, "majority": majority}
    images = len(next(iter(ladder.values()))[0])
    with tempfile.TemporaryFile() as file:
        right = Right(file, {name: len(of_seeds) for name, of_seeds in kept.items()})
        for first in range(0, images, images_at_a_time):
            right.add([of_seeds[:, first : first + images_at_a_time].T for of_seeds in kept.values()])
        chance = "majority" if "majority" in kept else None
        known = classifiers(kept, trained, seeds)
        rows = comparison.comparison_rows(list(ladder), known, right, rules or Rules(), chance, **more)
    assert all(row.keys() == comparison.COMPARISON.keys() for row in rows)
    return rows


def by_pair(rows, kind):
    return {(row["rung"], row["other"]): row for row in rows if row["kind"] == kind}


def family_of(rows):
    """The first row of each different pair."""
    pairs = {}
    for row in rows:
        pairs.setdefault(frozenset((row["rung"], row["other"])), row)
    return list(pairs.values())


def row_of(lower, upper, **how):
    """The row of the upper one of two rungs."""
    return comparison_rows({"lower": lower, "upper": upper}, **how)[0]


LADDER = {"low": rung(20), "same": rung(20), "good": rung(3, 2, 1), "fair": rung(4, 2, 2)}


# --- The intervals of a rung.


def test_a_row_a_rung_with_its_three_intervals():
    rows = validation_rows({"one": rung(4), "three": rung(3, 2, 1)})
    assert all(list(row) == list(comparison.VALIDATION) for row in rows)
    assert [(row["variant"], row["accuracy"], row["images"], row["seeds"]) for row in rows] == [
        ("one", 0.9, 40, 1),
        ("three", pytest.approx(0.95), 40, 3),
    ]
    single, three = rows
    assert (single["images_low"], single["images_high"]) == wilson(0.9, 40)
    assert single["seeds_low"] is single["seeds_high"] is None
    half = 4.302652729911275 * 0.025 / 3**0.5  # t(0.975, 2), deviation of 0.925, 0.95, 0.975
    assert 0.95 + half > 1
    assert (three["seeds_low"], three["seeds_high"]) == (pytest.approx(0.95 - half), 1.0)
    assert (three["images_low"], three["images_high"]) == pytest.approx(wilson(0.95, 40))


@pytest.mark.parametrize("trained", [["one"], []])
def test_the_interval_of_one_seed_is_for_other_images(trained):
    (row,) = validation_rows({"one": rung(4)}, trained=trained)
    # The variance of the mean is 0.9 x 0.1 / 39: that of 39 images.
    assert (row["low"], row["high"]) == pytest.approx(wilson(0.9, 39, stats.t.ppf(0.975, 39)), rel=1e-9)


def test_the_interval_for_other_seeds_and_images_by_hand():
    (row,) = validation_rows({"two": rung(2, 6, images=20)})
    # Accuracies 18/20 and 14/20: a variance of 1/50, of two seeds. Shares 0 twice, 1/2 four times, then 1: squares from
    # the mean 16/20 are 2 (16/20)^2 + 4 (6/20)^2 + 14 (4/20)^2 = 2.2 in all.
    of_seeds, of_images = 0.01, 2.2 / 19 / 20
    # All squares are 40 x 0.8 x 0.2 = 6.4, less 20 x 2/100 of seeds and 2 x 2.2 of images: 1.6 is left.
    variance = of_seeds + of_images - 1.6 / 19 / 40
    freedom = variance**2 / (of_seeds**2 / 1 + of_images**2 / 19)
    expected = wilson(0.8, 0.8 * 0.2 / variance, stats.t.ppf(0.975, freedom))
    assert (row["low"], row["high"]) == pytest.approx(expected, rel=1e-9)
    (row,) = validation_rows({"two": rung(2, 6, images=20)}, trained=[])
    assert (row["low"], row["high"]) == pytest.approx(
        wilson(0.8, 0.8 * 0.2 / of_images, stats.t.ppf(0.975, 19)), rel=1e-9
    )


def test_all_right_is_not_certain():
    (row,) = validation_rows({"all": rung(0, seeds=2)})
    least = 40 / (40 + 1.959963984540054**2)
    assert (row["accuracy"], row["low"], row["high"]) == (1, pytest.approx(least), 1)
    assert (row["images_low"], row["images_high"]) == (pytest.approx(least), 1)
    (row,) = validation_rows({"none": ~rung(0, seeds=2)})
    assert (row["accuracy"], row["low"], row["high"]) == (0, 0, pytest.approx(1 - least))


def test_where_seeds_and_images_have_no_variance_the_number_of_images_is_all_there_is():
    # Each image is right in one of two seeds that are equally good.
    half = np.arange(40) % 2 == 0
    (row,) = validation_rows({"halves": np.stack([half, ~half])})
    assert (row["low"], row["high"]) == pytest.approx(wilson(0.5, 40))


# --- The pairs.


def test_the_pairs_are_neighbours_then_all_against_the_best():
    rows = comparison_rows(LADDER)
    assert [(row["rung"], row["other"], row["kind"]) for row in rows] == [
        ("same", "low", "adjacent"),
        ("good", "same", "adjacent"),
        ("fair", "good", "adjacent"),
        ("low", "good", "best"),
        ("same", "good", "best"),
        ("fair", "good", "best"),
    ]


def test_the_numbers_of_a_pair_are_those_of_its_comparison():
    rows = by_pair(comparison_rows(LADDER), "adjacent")
    for lower, upper in pairwise(LADDER):
        row = rows[upper, lower]
        trained = tuple(len(LADDER[name]) > 1 for name in (upper, lower))
        expected = compare(LADDER[upper], LADDER[lower], trained)
        low, high = expected.estimate.interval(0.95)
        assert (row["difference"], row["low"], row["high"]) == pytest.approx((expected.estimate.value, low, high))
        assert row["seed_variance"] == pytest.approx(expected.estimate.seed)
        assert row["image_variance"] == pytest.approx(expected.estimate.image)
        assert (row["two_way_p"], row["sign_flip_p"]) == (pytest.approx(expected.estimate.p()), expected.sign_flip_p)
        shares = (row["outperforms"], row["outperforms_low"], row["outperforms_high"])
        assert shares == (expected.outperforms or (None,) * 3)
        assert (row["one_seed"], row["margin"]) == (False, 0.0025)


def test_the_numbers_of_worked_examples():
    rows = by_pair(comparison_rows(LADDER), "adjacent")
    better, close = rows["good", "same"], rows["fair", "good"]
    assert better["difference"] == pytest.approx(38 / 40 - 20 / 40)
    # 37/40, 38/40 and 39/40 of the seeds are right.
    assert better["seed_variance"] == pytest.approx(1 / 1600 / 3)
    assert (better["outperforms"], better["outperforms_high"]) == (1, 1)
    assert better["distinguishable"] is True
    # Three images differ, by a third each in favour of good: both signs of all of 3 are as extreme.
    assert close["difference"] == pytest.approx(-2 / 120)
    assert close["sign_flip_p"] == 2 / 2**2
    assert close["distinguishable"] is False
    # 36, 38 and 38 against 37, 38 and 39: two pairs of nine are better, two are as good.
    assert close["outperforms"] == pytest.approx((2 + 2 / 2) / 9)


def test_identical_rungs_are_not_distinguishable():
    row = by_pair(comparison_rows(LADDER), "adjacent")["same", "low"]
    assert (row["difference"], row["low"], row["high"], row["seed_variance"], row["image_variance"]) == (0,) * 5
    assert (row["two_way_p"], row["sign_flip_p"], row["p_holm"], row["distinguishable"]) == (1, 1, 1, False)
    assert (row["outperforms"], row["equivalent"], row["one_seed"]) == (None, False, False)  # two baselines


def test_the_defaults_of_the_rules():
    assert Rules() == Rules(alpha=0.05, margin=0.0025, tests=("two_way", "sign_flip"), twins=())
    assert TESTS == ("two_way", "sign_flip")


# --- Two tests that must agree.

# Five images of 40, all in favour of one rung: the exact test has the p 2/32.
FEW = (rung(5), rung(0))
# The seeds of each rung differ so much that other seeds could turn the order.
WILD = (rung(120, 200, images=400), rung(60, 120, images=400))


def test_the_two_way_test_alone_is_not_enough():
    row = row_of(*FEW)
    # 35 differences of 0 and five of 1: t = 0.125 / sqrt(0.125 x 0.875 / 39).
    assert row["two_way_p"] == pytest.approx(2 * stats.t.sf(0.125 / (0.125 * 0.875 / 39) ** 0.5, 39))
    assert row["two_way_p"] < 0.05 < row["sign_flip_p"] == row["p_holm"] == 2 / 32
    assert row["distinguishable"] is False
    assert row_of(*FEW, rules=Rules(tests=("two_way",)))["distinguishable"] is True


def test_the_sign_flip_test_alone_is_not_enough():
    row = row_of(*WILD)
    assert row["sign_flip_p"] < 1e-9
    assert row["p_holm"] == row["two_way_p"] > 0.05
    assert row["distinguishable"] is False
    assert row_of(*WILD, rules=Rules(tests=("sign_flip",)))["distinguishable"] is True


@pytest.mark.parametrize("pair", [FEW, WILD])
@pytest.mark.parametrize("tests", [("two_way",), ("sign_flip",), ("two_way", "sign_flip"), ["sign_flip", "two_way"]])
def test_the_rules_choose_the_tests_that_decide(pair, tests):
    row = row_of(*pair, rules=Rules(tests=tests))
    assert row["p_holm"] == max(row[f"{test}_p"] for test in tests)
    both = row_of(*pair)
    assert [row[f"{test}_p"] for test in TESTS] == [both[f"{test}_p"] for test in TESTS]


def random_ladder(images=400):
    random = np.random.default_rng(5)
    shares = {"a": 0.7, "b": 0.72, "c": 0.76, "d": 0.9, "e": 0.9}
    return {
        name: random.random((seeds, images)) < share + 0.01 * random.normal(size=(seeds, 1))
        for (name, share), seeds in zip(shares.items(), (1, 4, 5, 5, 3), strict=True)
    }


def test_the_larger_p_of_each_pair_is_adjusted_in_the_family_of_all_pairs():
    # The exact test has the larger p of the first pair, the two-way test of the second.
    rows = comparison_rows({"low": rung(5), "high": rung(0), "wild": rung(2, 9, 20)})
    pairs = family_of(rows)
    assert [row["two_way_p"] < row["sign_flip_p"] for row in pairs] == [True, False]
    larger = [max(row["two_way_p"], row["sign_flip_p"]) for row in pairs]
    assert [row["p_holm"] for row in pairs] == paired.holm(larger)


def test_a_pair_is_told_apart_by_the_adjusted_p():
    rows = comparison_rows(random_ladder(), trained="bcde")
    pairs = family_of(rows)
    larger = [max(row["two_way_p"], row["sign_flip_p"]) for row in pairs]
    assert [row["p_holm"] for row in pairs] == paired.holm(larger)
    assert {row["distinguishable"] for row in pairs} == {True, False}
    assert all(row["distinguishable"] == (row["p_holm"] < 0.05) for row in rows)


def test_alpha_is_a_bound_that_p_must_be_below():
    pair = {"low": rung(6), "high": rung(0)}  # six images, all in favour of one rung

    def is_different(ladder, alpha):
        return by_pair(comparison_rows(ladder, rules=Rules(alpha=alpha)), "adjacent")["high", "low"]["distinguishable"]

    assert row_of(*pair.values())["p_holm"] == 2 / 2**6
    assert [is_different(pair, alpha) for alpha in (0.01, 2 / 2**6, 0.032, 0.05)] == [False, False, True, True]
    # With a third rung there are three pairs: p is 0.031 as before, and 0.094 adjusted.
    three = {"lowest": rung(6), **pair}
    row = by_pair(comparison_rows(three), "adjacent")["high", "low"]
    assert (row["sign_flip_p"], row["p_holm"], row["distinguishable"]) == (2 / 2**6, 6 / 2**6, False)
    assert [is_different(three, alpha) for alpha in (0.05, 6 / 2**6, 0.094)] == [False, False, True]


# --- Equivalence.


@pytest.mark.parametrize(("images", "equivalent"), [(40, False), (900, False), (1000, True), (2000, True)])
def test_no_discordant_image_shows_equality_among_many_images_alone(images, equivalent):
    row = row_of(rung(20, images=images), rung(20, images=images))
    # One image more that each is right on alone: a variance of 2 / (n + 1), of n + 2 images.
    error = (2 / (images + 1) / (images + 2)) ** 0.5
    assert row["equivalence_holm"] == pytest.approx(stats.t.sf(0.0025 / error, images + 1), rel=1e-9)
    assert (row["distinguishable"], row["equivalent"]) == (False, equivalent)
    assert verdict.verdict(row) == ("equivalent" if equivalent else "not distinguishable")


def test_the_margin_decides_what_is_equal():
    pair = rung(20, images=500), rung(20, images=500)
    rows = [row_of(*pair, rules=Rules(margin=margin)) for margin in (0.0025, 0.004, 0.01)]
    assert [row["margin"] for row in rows] == [0.0025, 0.004, 0.01]
    assert [row["equivalent"] for row in rows] == [False, False, True]
    p = [row["equivalence_holm"] for row in rows]
    assert p == sorted(p, reverse=True)
    # As many as alpha is not below it.
    assert row_of(*pair, rules=Rules(margin=0.01, alpha=p[2]))["equivalent"] is False
    assert row_of(*pair, rules=Rules(margin=0.01, alpha=p[2] * 1.001))["equivalent"] is True


def test_the_p_of_equivalence_is_adjusted_in_the_family_of_all_pairs():
    ladder = random_ladder()
    pairs = family_of(comparison_rows(ladder, rules=Rules(margin=0.06), trained="bcde"))
    alone = []
    for row in pairs:
        first, second = row["rung"], row["other"]
        both = compare(ladder[first], ladder[second], (first != "a", second != "a"))
        alone.append(both.adjusted.p_within(0.06))
    assert [row["equivalence_holm"] for row in pairs] == pytest.approx(paired.holm(alone), rel=1e-9)
    assert len({row["equivalence_holm"] for row in pairs}) > 3
    assert {row["equivalent"] for row in pairs} == {True, False}
    assert all(row["equivalent"] == (row["equivalence_holm"] < 0.05) for row in pairs)


def test_two_rungs_may_differ_and_be_the_same_within_the_margin():
    row = row_of(rung(40, images=4000), rung(20, images=4000), rules=Rules(margin=0.02))
    assert (row["distinguishable"], row["equivalent"], verdict.verdict(row)) == (True, True, "better")


# --- What would decide a pair.


def test_what_would_decide_it_is_said_of_undecided_pairs_alone():
    ladder = random_ladder()
    rows = comparison_rows(ladder, rules=Rules(margin=0.06), trained="bcde")
    for row in rows:
        undecided = not (row["distinguishable"] or row["equivalent"])
        if not undecided:
            assert row["seeds_needed"] is row["images_needed"] is None
    assert {verdict.verdict(row) for row in rows} == {"better", "worse", "equivalent", "not distinguishable"}
    assert any(row["seeds_needed"] or row["images_needed"] for row in rows)


@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_the_numbers_needed_are_for_the_alpha_that_holms_method_leaves(alpha):
    ladder = random_ladder()
    pairs = family_of(comparison_rows(ladder, rules=Rules(alpha=alpha), trained="bcde"))
    p = [max(row["two_way_p"], row["sign_flip_p"]) for row in pairs]
    left = sorted(p, reverse=True)
    undecided = 0
    for row, own in zip(pairs, p, strict=True):
        first, second = row["rung"], row["other"]
        adjusted = compare(ladder[first], ladder[second], (first != "a", second != "a")).adjusted
        level = alpha / (left.index(own) + 1)
        assert row["detectable"] == pytest.approx(adjusted.detectable(level), rel=1e-9)
        if not (row["distinguishable"] or row["equivalent"]):
            undecided += 1
            assert row["seeds_needed"] == adjusted.seeds_needed(level)
            assert row["images_needed"] == adjusted.images_needed(level)
    assert undecided > 1


def test_pairs_with_the_same_p_are_left_the_same_alpha():
    # Four pairs of five images each, and two pairs with other images; all are told apart by none.
    ladder = {"a": rung(5), "b": rung(5), "c": rung(0)}
    rows = family_of(comparison_rows(ladder))
    assert sorted(row["p_holm"] for row in rows) == [6 / 32, 6 / 32, 1]
    adjusted = compare(rung(0), rung(5), (False, False)).adjusted
    for row in rows:
        if row["p_holm"] < 1:
            assert row["detectable"] == pytest.approx(adjusted.detectable(0.05 / 3))
            assert row["images_needed"] == adjusted.images_needed(0.05 / 3)
        else:
            assert row["images_needed"] is None  # no difference is seen
        assert row["seeds_needed"] is None  # baselines have no seeds


def test_a_wild_pair_needs_more_seeds_and_no_number_of_images():
    row = row_of(*WILD)
    assert row["seeds_needed"] > 2
    assert row["images_needed"] is None
    assert row["detectable"] > abs(row["difference"])


# --- Seeds.


@pytest.mark.parametrize(("wrong", "word"), [((60, 20), "ahead"), ((20, 60), "behind"), ((21, 20), None)])
@pytest.mark.parametrize("tests", [TESTS, ("two_way",), ("sign_flip",)])
def test_of_one_trained_seed_the_sign_flip_test_decides_for_other_images(wrong, word, tests):
    lower, upper = (rung(number, images=400) for number in wrong)
    row = row_of(lower, upper, trained=["upper"], rules=Rules(tests=tests, margin=0.5))
    assert row["one_seed"] is True
    assert row["two_way_p"] is row["equivalence_holm"] is row["outperforms"] is None
    assert row["outperforms_low"] is row["outperforms_high"] is None
    assert row["seeds_needed"] is row["images_needed"] is None
    assert (row["p_holm"], row["equivalent"], row["seed_variance"]) == (row["sign_flip_p"], False, 0)
    assert verdict.verdict(row) == (word or "not distinguishable")
    assert row["low"] < row["difference"] < row["high"]
    assert row["detectable"] == pytest.approx(compare(upper, lower).adjusted.detectable(0.05))


def test_a_pair_with_one_seed_counts_in_the_family():
    ladder = {"base": rung(60, images=400), "one": rung(50, images=400), "net": rung(19, 20, 21, images=400)}
    rows = family_of(comparison_rows(ladder, trained=["one", "net"]))
    p = [row["sign_flip_p"] if row["one_seed"] else max(row["two_way_p"], row["sign_flip_p"]) for row in rows]
    assert [row["one_seed"] for row in rows] == [True, True, False]
    assert [row["p_holm"] for row in rows] == paired.holm(p)
    alone = compare(ladder["net"], ladder["base"], (True, False)).adjusted.p_within(0.0025)
    assert rows[2]["equivalence_holm"] == pytest.approx(min(1, 3 * alone))


def twins():
    random = np.random.default_rng(8)
    common = random.random((4, 300)) < 0.6 + 0.1 * random.normal(size=(4, 1))
    return {"sgd": common, "adam": common | (random.random((4, 300)) < 0.05), "mlp": random.random((4, 300)) < 0.7}


def test_runs_of_twins_are_compared_seed_by_seed():
    ladder = twins()
    rules = Rules(twins=[["x", "y"], ["sgd", "adam"]])
    rows = by_pair(comparison_rows(ladder, images_at_a_time=77, rules=rules), "adjacent")
    pair, other = compare(ladder["adam"], ladder["sgd"], paired_seeds=True), compare(ladder["mlp"], ladder["adam"])
    for row, expected in ((rows["adam", "sgd"], pair), (rows["mlp", "adam"], other)):
        assert row["seed_variance"] == pytest.approx(expected.estimate.seed, rel=1e-9)
        assert row["two_way_p"] == pytest.approx(expected.estimate.p(), rel=1e-9)
        assert row["outperforms"] == expected.outperforms[0]
    apart = by_pair(comparison_rows(ladder), "adjacent")["adam", "sgd"]
    assert apart["seed_variance"] > 3 * rows["adam", "sgd"]["seed_variance"]
    assert apart["seed_variance"] == pytest.approx(compare(ladder["adam"], ladder["sgd"]).estimate.seed, rel=1e-9)
    assert apart["sign_flip_p"] == rows["adam", "sgd"]["sign_flip_p"]


@pytest.mark.parametrize("seeds", [{"adam": [0, 1, 2, 4]}, {"sgd": [1, 2, 3, 4]}])
def test_twins_with_other_seeds_are_not_compared_seed_by_seed(seeds):
    ladder, rules = twins(), Rules(twins=[["sgd", "adam"]])
    row = by_pair(comparison_rows(ladder, rules=rules, seeds=seeds), "adjacent")["adam", "sgd"]
    assert row["seed_variance"] == pytest.approx(compare(ladder["adam"], ladder["sgd"]).estimate.seed, rel=1e-9)


def test_a_twin_whose_seed_failed_is_not_compared_seed_by_seed():
    ladder = twins()
    ladder["adam"] = ladder["adam"][:3]
    row = by_pair(comparison_rows(ladder, rules=Rules(twins=[["sgd", "adam"]])), "adjacent")["adam", "sgd"]
    assert row["seed_variance"] == pytest.approx(compare(ladder["adam"], ladder["sgd"]).estimate.seed, rel=1e-9)


def test_twins_are_in_one_group():
    rules = Rules(twins=[["a", "b"], ["c", "d", "e"]])
    assert rules.are_twins("a", "b")
    assert rules.are_twins("e", "c")
    assert not rules.are_twins("b", "c")
    assert not rules.are_twins("a", "z")
    assert not Rules().are_twins("a", "b")


# --- The table.


def test_each_pair_is_compared_once_upper_rung_first_whatever_the_names(monkeypatch):
    compared, real = [], paired.compare

    def recorded(first, second, images, twins):
        compared.append((first.seeds, second.seeds))
        return real(first, second, images, twins)

    monkeypatch.setattr(paired, "compare", recorded)
    sizes = {"zebra": rung(9, 9), "ant": rung(8, 8, 9), "mole": rung(1, 2, 1, 2)}
    comparison_rows(sizes, majority=rung(20))
    assert sorted(compared) == [(2, 1), (3, 1), (3, 2), (4, 1), (4, 2), (4, 3)]
    compared.clear()
    # In the ladder the most frequent class has its own place.
    comparison_rows({"low": rung(30, 31), "majority": rung(20), "high": rung(1, 2, 1)})
    assert sorted(compared) == [(1, 2), (3, 1), (3, 2)]


def test_a_pair_that_is_listed_twice_counts_once_in_the_family():
    rows = comparison_rows(LADDER)
    pairs = {frozenset((row["rung"], row["other"])): row["p_holm"] for row in rows}
    assert len(pairs) == 4
    least = min(max(row["two_way_p"], row["sign_flip_p"]) for row in rows)
    assert min(row["p_holm"] for row in rows) == 4 * least


def test_the_two_rows_of_a_pair_mirror_each_other():
    ladder = {"best": rung(2, 1, 0), "next": rung(5, 6, 4)}
    adjacent, best = comparison_rows(ladder)
    assert (adjacent["rung"], adjacent["other"]) == (best["rung"], best["other"]) == ("next", "best")
    assert adjacent | {"kind": "best"} == best
    upwards, against = comparison_rows({"next": ladder["next"], "best": ladder["best"]})
    assert (upwards["rung"], against["rung"]) == ("best", "next")
    assert (against["difference"], against["low"], against["high"]) == (
        *(-upwards["difference"], -upwards["high"], -upwards["low"]),
    )
    assert (against["outperforms"], against["outperforms_low"]) == (0, 0)
    assert against["outperforms_high"] == 1 - upwards["outperforms_low"]
    same = comparison.COMPARISON.keys() - {"rung", "other", "kind", "difference", "low", "high"}
    for column in sorted(same - {"outperforms", "outperforms_low", "outperforms_high"}):
        assert against[column] == upwards[column], column
    assert verdict.turned(upwards) | {"kind": "best"} == against


def test_of_equally_good_rungs_the_lowest_is_the_best():
    rows = comparison_rows({"a": rung(5), "b": rung(1), "c": rung(1)})
    assert {row["other"] for row in rows if row["kind"] == "best"} == {"b"}


def test_one_rung_has_no_one_to_be_compared_with():
    assert comparison_rows({"alone": rung(1)}) == []


@pytest.mark.parametrize("images_at_a_time", [1, 7, 39, 40])
def test_the_rows_do_not_depend_on_how_many_images_come_at_a_time(images_at_a_time):
    assert comparison_rows(LADDER, images_at_a_time) == comparison_rows(LADDER)


@pytest.mark.parametrize(("ours", "theirs"), [(300, 1), (8, 9), (7, 8), (16, 17), (1, 1), (3, 3), (9, 9), (300, 300)])
@pytest.mark.parametrize("at_a_time", [1, 13, 40])
def test_what_is_kept_of_two_rungs_is_what_was_right(ours, theirs, at_a_time):
    random = np.random.default_rng(ours)
    kept = {name: random.random((seeds, 40)) < 0.7 for name, seeds in (("a", ours), ("between", 11), ("b", theirs))}
    with tempfile.TemporaryFile() as file:
        right = Right(file, {name: len(seeds) for name, seeds in kept.items()})
        for first in range(0, 40, at_a_time):
            right.add([seeds[:, first : first + at_a_time].T for seeds in kept.values()])
        pairs = {names: right.pair(*names) for names in (("a", "b"), ("b", "a"), ("a", "between"))}
    for (first, second), found in pairs.items():
        both = np.stack([kept[first].sum(0), kept[second].sum(0)], axis=1)
        rows, images = np.unique(both, axis=0, return_counts=True)
        assert (found.right.tolist(), found.images.tolist()) == (rows.tolist(), images.tolist())
        if len(kept[first]) == len(kept[second]):
            assert found.differ == (kept[first] != kept[second]).sum()
            assert isinstance(found.differ, int)


def test_the_same_runs_differ_on_no_image():
    with tempfile.TemporaryFile() as file:
        right = Right(file, {"a": 3, "b": 3})
        right.add([rung(3, 2, 1).T, rung(3, 2, 1).T])
        right.add([rung(0, seeds=3).T, rung(0, seeds=3).T])
        assert right.pair("a", "b").differ == 0
        assert int(right.pair("a", "b").images.sum()) == 80


def pairs_of(rows):
    return [(row["rung"], row["other"], row["kind"]) for row in rows]


def test_every_rung_meets_the_majority_whether_it_is_in_the_ladder_or_not():
    majority = rung(20)
    outside = comparison_rows({"low": rung(18), "good": rung(2)}, majority=majority)
    assert pairs_of(outside) == [
        ("good", "low", "adjacent"),
        ("low", "good", "best"),
        ("low", "majority", "chance"),
        ("good", "majority", "chance"),
    ]
    inside = comparison_rows({"majority": majority, "low": rung(18), "good": rung(2)})
    assert pairs_of(inside)[-2:] == pairs_of(outside)[-2:]
    assert by_pair(inside, "best").keys() == {("majority", "good"), ("low", "good")}
    for rows in (inside, outside):
        chance = by_pair(rows, "chance")
        assert chance["low", "majority"]["distinguishable"] is False
        assert chance["good", "majority"]["difference"] == pytest.approx(18 / 40)
        # One rung alone is right on all images that differ.
        assert chance["good", "majority"]["sign_flip_p"] == 2 / 2**18
        pairs = family_of(rows)
        assert len(pairs) == 3
        p = [max(row["two_way_p"], row["sign_flip_p"]) for row in pairs]
        assert [row["p_holm"] for row in pairs] == paired.holm(p)


def test_a_rung_at_chance_is_not_the_best_though_its_accuracy_is_the_highest():
    numbers = np.arange(200)
    majority, steady = (numbers < 100)[None], (numbers < 115)[None]
    wild = ((numbers >= 50) & (numbers < 168))[None]  # 118 right, but 50 of the majority's wrong
    rows = comparison_rows({"steady": steady, "wild": wild}, majority=majority)
    chance = by_pair(rows, "chance")
    assert chance["steady", "majority"]["distinguishable"] is True
    assert chance["wild", "majority"]["distinguishable"] is False
    assert {row["other"] for row in rows if row["kind"] == "best"} == {"steady"}


def test_a_marked_rung_is_not_the_best_but_where_all_are_marked():
    ladder = {"a": rung(5), "b": rung(1), "c": rung(2)}

    def best(marked):
        return {row["other"] for row in comparison_rows(ladder, marked=marked) if row["kind"] == "best"}

    assert best({"b"}) == {"c"}
    assert best({"b", "c"}) == {"a"}
    assert best({"a", "b", "c"}) == {"b"}


def test_pairs_of_ideas_are_chosen_with_the_marks_of_chance_and_judged_in_the_same_family():
    asked = []

    def ideas(accuracy, marked):
        asked.append((accuracy, set(marked)))
        return [("good", "low")] if "low" not in marked else [("good", "fair")]

    ladder = {"low": rung(19), "fair": rung(9), "mid": rung(8), "good": rung(1)}
    rows = comparison_rows(ladder, majority=rung(20), marked={"mid"}, ideas=ideas)
    assert asked[-1] == (pytest.approx({"low": 0.525, "fair": 0.775, "mid": 0.8, "good": 0.975}), {"low", "mid"})
    assert list(by_pair(rows, "idea")) == [("good", "fair")]
    pairs = family_of(rows)
    assert [row["p_holm"] for row in pairs] == paired.holm([max(row["two_way_p"], row["sign_flip_p"]) for row in pairs])


def test_a_pair_of_an_idea_has_one_verdict_everywhere():
    def ideas(*_):
        return [("good", "same"), ("fair", "low")]

    rows = comparison_rows(LADDER, ideas=ideas)
    idea, adjacent = (by_pair(rows, kind)["good", "same"] for kind in ("idea", "adjacent"))
    assert idea == adjacent | {"kind": "idea"}
    assert len({frozenset(pair[:2]) for pair in pairs_of(rows)}) == 5
