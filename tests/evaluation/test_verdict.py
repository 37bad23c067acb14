import pytest

from ladder.evaluation import verdict

ROW = {
    **{"rung": "a", "other": "b", "difference": 0.09, "low": 0.08, "high": 0.1, "distinguishable": True},
    **{"equivalent": False, "one_seed": False, "margin": 0.0025, "seeds_needed": None, "images_needed": None},
    **{"outperforms": 0.9, "outperforms_low": 0.6, "outperforms_high": 1.0, "detectable": 0.01},
}
WORSE = ROW | {"difference": -0.09, "low": -0.1, "high": -0.08}
UNDECIDED = ROW | {"difference": 0.002, "low": -0.0004, "high": 0.004, "distinguishable": False}
SAME = UNDECIDED | {"difference": -0.0005, "low": -0.0015, "high": 0.0005, "equivalent": True}
ONE = {"one_seed": True, "outperforms": None, "outperforms_low": None, "outperforms_high": None}


@pytest.mark.parametrize(
    ("row", "word", "sentence"),
    [
        (ROW, "better", "better than b by 9.00 points (95% interval 8.00 to 10.00)"),
        (WORSE, "worse", "worse than b by 9.00 points (95% interval 8.00 to 10.00)"),
        (ROW | ONE, "ahead", "ahead of b by 9.00 points (95% interval for other images 8.00 to 10.00)"),
        (WORSE | ONE, "behind", "behind b by 9.00 points (95% interval for other images 8.00 to 10.00)"),
        (SAME, "equivalent", "the same as b within 0.25 points (−0.05 points, 95% interval −0.15 to +0.05)"),
        (
            UNDECIDED,
            "not distinguishable",
            "not distinguishable from b (+0.20 points, 95% interval −0.04 to +0.40)",
        ),
        (
            UNDECIDED | ONE,
            "not distinguishable",
            "not distinguishable from b (+0.20 points, 95% interval for other images −0.04 to +0.40)",
        ),
        (
            UNDECIDED | {"difference": 0.0, "low": 0.0, "high": 0.0},
            "not distinguishable",
            "not distinguishable from b (0.00 points, 95% interval 0.00 to 0.00)",
        ),
        # The interval of a rung that is better by the exact test may reach below 0.
        (ROW | {"low": -0.01}, "better", "better than b by 9.00 points (95% interval −1.00 to 10.00)"),
    ],
)
def test_the_words_for_the_verdicts(row, word, sentence):
    assert verdict.verdict(row) == word
    assert verdict.phrase(row) == sentence
    assert word in verdict.WORDS


def test_of_two_rungs_that_differ_by_less_than_the_margin_one_is_better():
    assert verdict.verdict(ROW | {"equivalent": True}) == "better"
    assert verdict.verdict(WORSE | {"equivalent": True}) == "worse"


def test_there_are_six_verdicts():
    assert verdict.WORDS == ("better", "worse", "ahead", "behind", "equivalent", "not distinguishable")


@pytest.mark.parametrize(
    ("row", "better"),
    [(ROW, True), (ROW | ONE, True), (WORSE, False), (WORSE | ONE, False), (SAME, False), (UNDECIDED, False)],
)
def test_a_rung_is_better_with_one_seed_too(row, better):
    assert verdict.is_better(row) is better


def test_a_row_turned_says_the_opposite():
    assert verdict.phrase(verdict.turned(WORSE)) == "better than a by 9.00 points (95% interval 8.00 to 10.00)"
    assert verdict.phrase(verdict.turned(ROW | ONE)) == (
        "behind a by 9.00 points (95% interval for other images 8.00 to 10.00)"
    )
    turned = verdict.turned(ROW)
    assert (turned["rung"], turned["other"]) == ("b", "a")
    assert (turned["difference"], turned["low"], turned["high"]) == (-0.09, -0.1, -0.08)
    assert (turned["outperforms"], turned["outperforms_low"], turned["outperforms_high"]) == pytest.approx(
        (0.1, 0, 0.4)
    )
    assert verdict.turned(turned) == pytest.approx(ROW)
    assert verdict.turned(verdict.turned(SAME | ONE)) == SAME | ONE
    assert ROW["rung"] == "a"  # the row itself stays as it is


def test_a_turned_difference_of_0_has_no_sign():
    turned = verdict.turned(UNDECIDED | {"difference": 0.0, "low": 0.0, "high": 0.0})
    assert [str(turned[end]) for end in ("difference", "low", "high")] == ["0.0"] * 3


@pytest.mark.parametrize(
    ("seeds", "images", "sentence"),
    [
        (12, 30_500, "to tell such a difference takes about 12 seeds each or 31,000 validation images"),
        (1_200, None, "to tell such a difference takes about 1,200 seeds each"),
        (None, 4_000, "to tell such a difference takes about 4,000 validation images"),
        (
            None,
            None,
            "no number of seeds alone, and no number of images alone, would tell such a difference",
        ),
    ],
)
def test_what_would_decide_a_pair_is_said_in_words(seeds, images, sentence):
    assert verdict.would_decide(UNDECIDED | {"seeds_needed": seeds, "images_needed": images}) == sentence


@pytest.mark.parametrize("row", [ROW, WORSE, SAME, UNDECIDED | ONE, ROW | ONE])
def test_a_pair_that_is_decided_or_has_one_seed_is_told_nothing(row):
    assert verdict.would_decide(row | {"seeds_needed": 12, "images_needed": 3000}) is None


@pytest.mark.parametrize(("margin", "text"), [(0.0025, "0.25"), (0.01, "1"), (0.005, "0.5"), (0.00125, "0.125")])
def test_a_margin_is_written_with_as_many_digits_as_it_has(margin, text):
    assert verdict.within({"margin": margin}) == text


def test_of_equally_good_rungs_the_lowest_unmarked_one_is_the_best():
    accuracy = {"a": 0.8, "b": 0.9, "c": 0.9}
    assert verdict.best_of(accuracy, set()) == "b"
    assert verdict.best_of(accuracy, {"b"}) == "c"
    assert verdict.best_of(accuracy, {"b", "c"}) == "a"
    assert verdict.best_of(accuracy, {"a", "b", "c"}) == "b"


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0004906, "+0.05"), (-0.0469, "−4.69"), (0.0, "0.00"), (-0.00001, "0.00"), (0.00001, "0.00"), (1.0, "+100.00")],
)
def test_points_have_a_sign(share, text):
    assert verdict.points(share) == text


def test_a_verdict_is_close_where_most_studies_of_this_size_would_not_find_it():
    close = ROW | {"detectable": 0.091}
    assert verdict.is_close(close)
    assert verdict.is_close(WORSE | {"detectable": 0.091})
    assert verdict.closeness(close) == "this verdict is close: another study of the same size may not find it"
    for row in (ROW | {"detectable": 0.09}, close | ONE, UNDECIDED | {"detectable": 1.0}, SAME | {"detectable": 1.0}):
        assert not verdict.is_close(row)
        assert verdict.closeness(row) is None


@pytest.mark.parametrize(
    ("number", "text"),
    [(3, "3"), (24, "24"), (99, "99"), (100, "100"), (101, "110"), (3693, "3,700"), (9_950, "10,000")],
)
def test_a_number_that_is_needed_is_rounded_up(number, text):
    assert verdict.rounded(number) == text
