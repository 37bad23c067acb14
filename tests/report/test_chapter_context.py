"""The sentences of the chapter about a ladder, which follow from the ladder's tables."""

import pytest

from ladder.report import chapter
from tests.report.compared import RESULTS, VARIANTS, ladder_of, members_of, rows_of, selection, spread


def bought(results=RESULTS, marked=(), apart=0.005):
    ladder = ladder_of(results, *marked)
    return chapter.bought(results, ladder, members_of(ladder), rows_of(results, apart))


def same_but_for(key, results=RESULTS, marked=()):
    return chapter.same_but_for(results, ladder_of(results, *marked), VARIANTS, rows_of(results))[key]


def test_the_best_rung_without_an_idea_meets_the_best_with_it():
    pairs = bought()
    assert {idea: (pair["before"], pair["after"]) for idea, pair in pairs.items()} == {
        "distance": ("pixel_l1", "pixel_l2"),
        "learning": ("pixel_l2", "line_loss"),
        "hidden": ("line_loss", "hidden"),
        "convolution": ("hidden", "net"),
    }
    assert pairs["learning"]["points"] == pytest.approx(7)
    assert pairs["learning"]["errors"] == pytest.approx([150, 80])


def test_the_rung_before_an_idea_is_the_best_of_all_below():
    worse = {**RESULTS, "rungs": {**RESULTS["rungs"], "hidden": spread(0.88, 0.01), "line_loss": spread(0.84, 0.01)}}
    pairs = bought(selection("pixel_l1", "pixel_l2", "line_loss", "hidden", "net", results=worse))
    assert {idea: pair["before"] for idea, pair in pairs.items()} == {
        "distance": "pixel_l1",
        "learning": "pixel_l2",
        "hidden": "pixel_l2",
        "convolution": "hidden",
    }
    assert pairs["learning"]["points"] == pytest.approx(-1)


def test_a_marked_rung_has_no_price_and_is_nobodys_rung_before():
    pairs = bought(marked=["hidden", "line_loss"])
    assert pairs["hidden"] == {
        "before": "line",
        "after": None,
        "accuracy": [0.9, None],
        "marked": [{"name": "hidden", "word": "at chance"}],
    }
    assert (pairs["convolution"]["before"], pairs["convolution"]["after"]) == ("line", "net")


def test_a_rung_that_was_not_trained_at_all_has_no_price():
    results = selection("pixel_l2", "line", "net")
    ladder = [*ladder_of(results)[:2], {"name": "hidden", "marks": [{"word": "diverged"}]}, *ladder_of(results)[2:]]
    pairs = chapter.bought(results, ladder, members_of(ladder), rows_of(results))
    assert pairs["hidden"]["marked"] == [{"name": "hidden", "word": "diverged"}]
    assert pairs["convolution"]["before"] == "line"


@pytest.mark.parametrize(
    ("rungs", "ideas"),
    [
        (("pixel_l1",), set()),
        (("pixel_l1", "line"), {"learning"}),
        (("line", "net"), {"convolution"}),
        (("pixel_l2", "hidden", "net"), {"hidden", "convolution"}),
        (("pixel_l1", "net"), {"convolution"}),
    ],
)
def test_an_idea_without_its_rungs_is_not_said(rungs, ideas):
    assert set(bought(selection(*rungs))) == ideas


def test_the_verdict_is_that_of_the_comparison():
    assert {idea: pair["verdict"] for idea, pair in bought(apart=0.045).items()} == {
        "distance": "better",
        "learning": "better",
        "hidden": "not distinguishable",
        "convolution": "not distinguishable",
    }
    assert bought()["convolution"]["said"] == "better than hidden by 4.00 points (95% interval 3.00 to 5.00)"


def test_only_rungs_that_differ_in_one_setting_are_compared():
    for key, expected in (("optimizer", ("line", "line_sgd")), ("loss", ("line_sgd", "line_loss"))):
        (pair,) = same_but_for(key)
        assert (pair["before"], pair["after"]) == expected
    assert same_but_for("trainer") == []
    assert same_but_for("loss", selection("line_sgd", "net")) == []
    assert same_but_for("loss")[0]["verdict"] == "better"
    assert same_but_for("loss")[0]["values"] == ["mse", "mnist_loss"]


def test_a_marked_rung_is_not_compared_by_its_setting():
    (pair,) = same_but_for("loss", marked=["line_loss"])
    assert pair["marked"] == [{"name": "line_loss", "word": "at chance"}]
    assert "accuracy" not in pair


def test_the_same_numbers_are_told_from_others():
    assert same_but_for("optimizer")[0]["same"]
    assert not same_but_for("loss")[0]["same"]


def test_figures_stand_beside_their_ideas():
    first, own = {"name": "chapter_slope"}, {"name": "chapter_of_mine"}
    sections = chapter.by_idea({"results": [{"name": "ladder"}], "chapter": [first, own]})
    assert sections["results"] == [{"name": "ladder"}]
    assert sections["chapter_slope"] == [first]
    assert sections["chapter"] == [own]
    assert sections["chapter_flow"] == []
