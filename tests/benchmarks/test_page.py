import pytest

from benchmarks.page import number, page, reach, spread, verdict
from benchmarks.results import Limit, Line, Row, Table

LIMIT = Limit("at most", 0.8, aim=0.5)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (143.25, "143"),
        (12345.6, "12,346"),
        (12.345, "12.3"),
        (1.0, "1.00"),
        (0.99831, "0.9983"),
        (0.012345, "0.0123"),
        (-0.0005, "-0.000500"),
        (0.0, "0"),
    ],
)
def test_numbers_keep_what_matters(value, text):
    assert number(value) == text


def test_a_spread_is_the_middle_and_both_ends():
    line = Line("x", [2.0, 1.0, 4.0], "s")
    assert spread(line, line.ours, "s") == "2.00 s (1.00 .. 4.00)"
    assert spread(line, [2.0]) == "2.00"


def test_what_is_to_be_reached():
    assert reach(LIMIT) == "at most 0.8, aim 0.5"
    assert reach(Limit("at most", 1 / 3)) == "at most 0.3333"
    assert reach(Limit("at most", 30), "s") == "at most 30 s"
    assert reach(None) == ""


@pytest.mark.parametrize(("ours", "text"), [(0.9, "**no**"), (0.7, "yes"), (0.4, "yes, and the aim")])
def test_the_verdict(ours, text):
    assert verdict(Line("x", [ours], "s", "y", [1.0], LIMIT)) == text


def test_a_line_is_one_row_of_the_table():
    line = Line("ours | fast", [1.0, 2.0], "s", "theirs", [4.0, 4.0], LIMIT, note="told below")
    text = page({"processor": "a"}, {"row": Row("2026-01-01", "abc", 0.5, [line])})
    expected = (
        r"| ours \| fast | theirs | 1.50 s (1.00 .. 2.00) | 4.00 s (4.00 .. 4.00) | 2 | 0.375 (0.250 .. 0.500) "
        "| at most 0.8, aim 0.5 | yes, and the aim |"
    )
    assert expected in text.splitlines()
    assert "\n\n- ours | fast: told below\n" in text
    assert "| processor | a |" in text
    assert "| `row` | 2026-01-01 | abc | 0.5 |  |" in text


def test_tables_and_failures_are_told():
    table = Table("Phases", ["variant", "seeds", "train"], [["cnn", 5, 1.5], ["mlp", 5, None]], "a remark")
    rows = {"profile": Row("-", "-", 0.5, tables=[table]), "sweep": Row("-", "-", 0.5, failure="no\nsweep")}
    lines = page({}, rows).splitlines()
    start = lines.index("### Phases")
    assert lines[start + 1 : start + 8] == [
        "",
        "| variant | seeds | train |",
        "|---|---:|---:|",
        "| cnn | 5 | 1.50 |",
        "| mlp | 5 |  |",
        "",
        "a remark",
    ]
    assert "| `sweep` | - | - | 0.5 | not measured: no sweep |" in lines
    assert "## Side by side" not in lines
