import pytest

from ladder.evaluation import verdict

ROW = {"rung": "a", "other": "b", "difference": 0.09, "low": 0.08, "high": 0.1, "distinguishable": True}
WORSE = ROW | {"difference": -0.09, "low": -0.1, "high": -0.08}
SAME = ROW | {"difference": 0.002, "low": -0.0004, "high": 0.004, "distinguishable": False}


@pytest.mark.parametrize(
    ("row", "word", "sentence"),
    [
        (ROW, "better", "better than b by 9.00 points (95% interval 8.00 to 10.00)"),
        (WORSE, "worse", "worse than b by 9.00 points (95% interval 8.00 to 10.00)"),
        (
            SAME,
            "not distinguishable",
            "not distinguishable from b (+0.20 points, 95% interval −0.04 to +0.40)",
        ),
        (
            SAME | {"difference": 0.0, "low": 0.0, "high": 0.0},
            "not distinguishable",
            "not distinguishable from b (0.00 points, 95% interval 0.00 to 0.00)",
        ),
    ],
)
def test_the_words_for_the_three_verdicts(row, word, sentence):
    assert verdict.verdict(row) == word
    assert verdict.phrase(row) == sentence


def test_a_row_turned_says_the_opposite():
    assert verdict.phrase(verdict.turned(WORSE)) == "better than a by 9.00 points (95% interval 8.00 to 10.00)"
    assert verdict.turned(verdict.turned(SAME)) == SAME
