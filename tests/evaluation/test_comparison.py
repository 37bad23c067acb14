import tempfile

import numpy as np
import pytest

from ladder.evaluation import comparison, paired
from ladder.evaluation.statistics import wilson


def rung(*wrong, images=40, seeds=1):
    """A rung that is right on all images but the first `wrong`: one number for all seeds, or one a seed."""
    counts = wrong * seeds if len(wrong) == 1 else wrong
    return np.arange(images) >= np.array(counts)[:, None]


def accuracies_of(ladder):
    return {name: right.mean(1).tolist() for name, right in ladder.items()}


def validation_rows(ladder):
    return comparison.validation_rows(
        accuracies_of(ladder), {name: np.bincount(right.sum(0)) for name, right in ladder.items()}
    )


def comparison_rows(ladder, images_at_a_time=7, majority=None, **more):
    """The rows, by way of a real file; `majority` tells where a majority outside the ladder is right."""
    kept = ladder if majority is None else {**ladder, "majority": majority}
    images = len(next(iter(ladder.values()))[0])
    with tempfile.TemporaryFile() as file:
        right = comparison.Right(file, {name: len(seeds) for name, seeds in kept.items()})
        for first in range(0, images, images_at_a_time):
            right.add([seeds[:, first : first + images_at_a_time].sum(0) for seeds in kept.values()])
        chance = "majority" if "majority" in kept else None
        return comparison.comparison_rows(accuracies_of(ladder), right, chance, **more)


def by_pair(rows, kind):
    return {(row["rung"], row["other"]): row for row in rows if row["kind"] == kind}


LADDER = {"low": rung(20), "same": rung(20), "good": rung(3, 2, 1), "fair": rung(4, 2, 2)}


def test_a_row_a_rung_with_both_intervals():
    rows = validation_rows({"one": rung(4), "three": rung(3, 2, 1)})
    assert [(row["variant"], row["accuracy"], row["images"], row["seeds"]) for row in rows] == [
        ("one", 0.9, 40, 1),
        ("three", pytest.approx(0.95), 40, 3),
    ]
    single, three = rows
    assert (single["wilson_low"], single["wilson_high"]) == wilson(0.9, 40)
    assert (single["bootstrap_low"], single["bootstrap_high"]) == (0.8, 0.975)
    assert single["seeds_low"] is single["seeds_high"] is None
    half = 4.302652729911275 * 0.025 / 3**0.5  # t(0.975, 2), deviation of 0.925, 0.95, 0.975
    assert 0.95 + half > 1
    assert (three["seeds_low"], three["seeds_high"]) == (pytest.approx(0.95 - half), 1.0)
    assert three["bootstrap_low"] < 0.95 < three["bootstrap_high"]


def test_all_right_is_not_certain():
    (row,) = validation_rows({"all": rung(0, seeds=2)})
    assert (row["accuracy"], row["bootstrap_low"], row["bootstrap_high"]) == (1, 1, 1)
    assert row["wilson_low"] == pytest.approx(40 / (40 + 1.959963984540054**2))


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


def test_identical_rungs_are_not_distinguishable():
    row = by_pair(comparison_rows(LADDER), "adjacent")["same", "low"]
    assert (row["difference"], row["low"], row["high"], row["rung_only"], row["other_only"]) == (0, 0, 0, 0, 0)
    assert (row["mcnemar_p"], row["permutation_p"], row["cohens_g"], row["distinguishable"]) == (1, 1, None, False)


def test_the_verdicts_and_their_numbers():
    rows = by_pair(comparison_rows(LADDER), "adjacent")
    better, close = rows["good", "same"], rows["fair", "good"]
    assert better["difference"] == pytest.approx(38 / 40 - 20 / 40)
    # The majority of good's seeds is wrong on 2 images; same is wrong on 20 images, with these 2 among them.
    assert (better["rung_only"], better["other_only"], better["cohens_g"]) == (18, 0, 0.5)
    assert better["mcnemar_p"] == 2 / 2**18
    assert better["distinguishable"] is True
    # Three images differ, by a third each in favour of good: both signs of all of 3 are as extreme.
    assert close["difference"] == pytest.approx(-2 / 120)
    assert close["permutation_p"] == 2 / 2**2
    assert close["distinguishable"] is False


def right_on(*parts, images=40):
    """A rung of three seeds; a part is (seeds that are right, number of images); all seeds are right on the rest."""
    counts = [seeds for seeds, n in parts for _ in range(n)]
    return np.arange(3)[:, None] < np.array(counts + [3] * (images - len(counts)))


def verdict(ladder):
    """The row of the two highest rungs, and whether they are distinguishable."""
    row = [row for row in comparison_rows(ladder) if row["kind"] == "adjacent"][-1]
    return row, row["distinguishable"]


def test_the_permutation_test_decides_where_mcnemars_sees_nothing():
    # On ten images one seed more is right; the majority of seeds is right on all.
    row, distinguishable = verdict({"low": right_on((2, 10)), "high": right_on()})
    assert (row["mcnemar_holm"], row["permutation_holm"], distinguishable) == (1, 2 / 2**10, True)


def test_mcnemars_test_does_not_decide_where_the_permutation_test_sees_nothing():
    # The majority gains 6 images; on 6 other images as many seeds fewer are right.
    row, distinguishable = verdict({"low": right_on((1, 6), (1, 6)), "high": right_on((2, 6), (0, 6))})
    assert (row["mcnemar_holm"], row["permutation_holm"], distinguishable) == (2 / 2**6, 1, False)


def test_the_adjusted_p_decides_and_is_below_5_percent(monkeypatch):
    pair = {"low": rung(6), "high": rung(0)}
    row, distinguishable = verdict(pair)
    assert (row["permutation_holm"], distinguishable) == (2 / 2**6, True)
    # With a third rung there are three pairs: p is 0.031 as before, and 0.094 adjusted.
    row, distinguishable = verdict({"lowest": rung(6), **pair})
    assert (row["permutation_p"], row["permutation_holm"], distinguishable) == (2 / 2**6, 6 / 2**6, False)
    assert comparison.ALPHA == 0.05
    monkeypatch.setattr(comparison, "ALPHA", 6 / 2**6)
    assert verdict({"lowest": rung(6), **pair})[1] is False  # as many is not fewer


def test_each_test_has_an_adjustment_of_its_own():
    rows = comparison_rows({"a": right_on((1, 9)), "b": right_on((2, 5)), "c": right_on()})
    pairs = {frozenset((row["rung"], row["other"])): row for row in rows}.values()
    for test in ("mcnemar", "permutation"):
        assert [row[f"{test}_holm"] for row in pairs] == paired.holm([row[f"{test}_p"] for row in pairs])
    (row,) = (row for row in pairs if (row["rung"], row["other"]) == ("b", "c"))
    assert (row["mcnemar_holm"], row["permutation_holm"]) == (1, 2 / 2**5)


def test_of_a_pair_the_upper_rung_comes_first_whatever_the_names():
    random = np.random.default_rng(3)
    lower, upper = (random.random((seeds, 40)) < share for seeds, share in ((2, 0.6), (3, 0.9)))
    right, images = np.unique(np.stack([upper.sum(0), lower.sum(0)], axis=1), axis=0, return_counts=True)
    expected, other_way = paired.compare((3, 2), right, images), paired.compare((2, 3), right[:, ::-1], images).turned()
    assert (expected.low, expected.high) != (other_way.low, other_way.high)  # the resamples differ
    for names in (("ant", "zebra"), ("zebra", "ant")):
        (row, _) = verdict(dict(zip(names, (lower, upper))))
        assert (row["rung"], row["other"], row["low"], row["high"]) == (*names[::-1], expected.low, expected.high)


def test_a_pair_that_is_listed_twice_counts_once_in_the_family():
    rows = comparison_rows(LADDER)
    pairs = {frozenset((row["rung"], row["other"])): row["mcnemar_p"] for row in rows}
    assert len(pairs) == 4
    least = min(pairs.values())
    assert {row["mcnemar_holm"] for row in rows if row["mcnemar_p"] == least} == {4 * least}


def test_the_two_rows_of_a_pair_mirror_each_other():
    ladder = {"best": rung(2, 1, 0), "next": rung(5, 6, 4)}
    adjacent, best = comparison_rows(ladder)
    assert (adjacent["rung"], adjacent["other"]) == (best["rung"], best["other"]) == ("next", "best")
    assert adjacent | {"kind": "best"} == best
    upwards, _ = comparison_rows({"next": ladder["next"], "best": ladder["best"]})
    assert (upwards["difference"], upwards["mcnemar_holm"]) == (-best["difference"], best["mcnemar_holm"])
    turned, against = comparison_rows({"next": ladder["next"], "best": ladder["best"]})
    assert (against["low"], against["high"]) == (-turned["high"], -turned["low"])
    assert (against["rung_only"], against["other_only"]) == (turned["other_only"], turned["rung_only"])


def test_of_equally_good_rungs_the_lowest_is_the_best():
    rows = comparison_rows({"a": rung(5), "b": rung(1), "c": rung(1)})
    assert {row["other"] for row in rows if row["kind"] == "best"} == {"b"}


def test_one_rung_has_no_one_to_be_compared_with():
    assert comparison_rows({"alone": rung(1)}) == []


@pytest.mark.parametrize("images_at_a_time", [1, 39, 40])
def test_the_rows_do_not_depend_on_how_many_images_come_at_a_time(images_at_a_time):
    assert comparison_rows(LADDER, images_at_a_time) == comparison_rows(LADDER)


def test_more_seeds_than_a_byte_counts_are_counted():
    many = rung(*range(300), images=400, seeds=300)
    with tempfile.TemporaryFile() as file:
        right = comparison.Right(file, {"many": 300, "one": 1})
        right.add([many.sum(0), rung(0, images=400).sum(0)])
        pairs, images = right.pairs("many", "one")
    assert pairs.tolist() == [[number, 1] for number in range(1, 301)]
    assert images.tolist() == np.bincount(many.sum(0))[1:].tolist()


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
        # Two pairs of the table have the lowest p: one rung alone is right on all images that differ.
        assert chance["good", "majority"]["permutation_p"] == 2 / 2**18
        family = {frozenset(pair[:2]) for pair in pairs_of(rows)}
        assert chance["good", "majority"]["permutation_holm"] == len(family) * 2 / 2**18


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
    family = {frozenset(pair[:2]) for pair in pairs_of(rows)}
    least = min(row["permutation_p"] for row in rows)
    assert {row["permutation_holm"] for row in rows if row["permutation_p"] == least} == {len(family) * least}


def test_a_pair_of_an_idea_has_one_verdict_everywhere():
    def ideas(*_):
        return [("good", "same"), ("fair", "low")]

    rows = comparison_rows(LADDER, ideas=ideas)
    idea, adjacent = (by_pair(rows, kind)["good", "same"] for kind in ("idea", "adjacent"))
    assert idea == adjacent | {"kind": "idea"}
    assert len({frozenset(pair[:2]) for pair in pairs_of(rows)}) == 5
