import dataclasses

import pytest

from benchmarks import results
from benchmarks.results import Limit, Line, Row, Table

MACHINE = {"processor": "a"}


def test_a_ratio_is_the_median_of_the_pairs_own():
    line = Line("x", [1.0, 9.0, 2.0], "s", "y", [2.0, 3.0, 2.0])
    assert line.ratios == [0.5, 3.0, 1.0]
    assert line.judged == 1.0  # the ratio of the medians would be 2 / 2 as well, the ratio of the means 12 / 7
    slow_minute = Line("x", [1.0, 100.0, 4.0], "s", "y", [2.0, 200.0, 2.0])
    assert slow_minute.judged == 0.5  # and not 4 / 2


def test_without_an_opponent_the_values_themselves_are_judged():
    assert Line("x", [3.0, 1.0, 8.0], "s").judged == 3.0
    assert Line("x", [3.0, 1.0, 8.0], "", statistic="mean").judged == 4.0


@pytest.mark.parametrize(
    ("relation", "below", "equal", "over"),
    [("at most", True, True, False), ("at least", False, True, True), ("above", False, False, True)],
)
def test_a_limit_is_on_one_side(relation, below, equal, over):
    limit = Limit(relation, 2.0)
    assert [limit.holds(value) for value in (1.0, 2.0, 3.0)] == [below, equal, over]


def test_an_aim_is_apart_from_the_limit():
    limit = Limit("at most", 0.8, aim=0.5)
    assert limit.holds(0.7)
    assert not limit.aim_holds(0.7)
    assert limit.aim_holds(0.5)
    assert not Limit("at most", 0.8).aim_holds(0.1)


def test_kept_rows_come_back_as_they_were(tmp_path):
    lines = [Line("x", [1.0, 2.0], "s", "y", [3.0, 4.0], Limit("at most", 2, aim=1), note="why"), Line("z", [1.0], "s")]
    row = Row("2026-01-01", "abc", 0.5, lines, [Table("t", ["a", "b"], [["c", 1.5], ["d", None]])])
    rows = {"first": row, "second": Row("2026-01-02", "abc", 1.5, failure="it broke")}
    results.save(tmp_path / "kept.json", MACHINE, rows)
    assert results.load(tmp_path / "kept.json", MACHINE) == rows


def test_rows_of_another_machine_are_not_kept(tmp_path):
    results.save(tmp_path / "kept.json", MACHINE, {"first": Row("2026-01-01", "abc", 0.5)})
    assert results.load(tmp_path / "kept.json", {"processor": "b"}) == {}
    assert results.load(tmp_path / "none.json", MACHINE) == {}


def test_pairs_are_pairs():
    line = Line("x", [1.0, 2.0], "s", "y", [1.0])
    with pytest.raises(ValueError, match="shorter"):
        _ = line.ratios
    assert dataclasses.replace(line, theirs=[1.0, 2.0]).ratios == [1.0, 1.0]
