import re

import pytest

from ladder.evaluation.differences import DIFFERENCES
from ladder.formats import tables
from ladder.report import trust
from tests.report.test_trust import SETTINGS, WRONG, context_of, rendered


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of an evaluated study, in which a test may write `differences` anew."""
    folder = tmp_path_factory.mktemp("other_metrics")
    context_of(folder, WRONG)
    return folder


def row(rung, other, metric, difference=0.0123, known=True, distinguishable=True):
    ends = (-0.00001, difference + 0.01, 0.00002) if known else (None, None, None)
    return {
        "rung": rung,
        "other": other,
        "metric": metric,
        "difference": difference,
        **dict(zip(("low", "high", "p_holm"), ends, strict=True)),
        "distinguishable": distinguishable,
    }


def shown(folder, rows):
    tables.write_both(folder / "differences", rows, DIFFERENCES)
    files = (f"{folder}/{name}.parquet" for name in ("validation", "comparison", "differences"))
    return trust.context(*files, "top", SETTINGS)


def test_neighbours_and_pairs_with_the_best_rung_are_shown_by_metric(folder):
    context = shown(
        folder,
        [
            *(row("worst", "low", metric) for metric in ("macro_f1", "log_loss")),
            row("top", "low", "log_loss", -0.5),
            row("close", "low", "log_loss"),  # neither neighbours nor the best
        ],
    )
    assert {metric: [(own["rung"], own["other"]) for own in rows] for metric, rows in context["others"].items()} == {
        "macro_f1": [("worst", "low")],
        "log_loss": [("worst", "low"), ("top", "low")],
    }
    assert context["left_out"] == 0
    first, second = context["others"]["log_loss"]
    assert (first["difference"], first["interval"]) == ("+0.0123", "0.0000 to +0.0223")
    assert (second["difference"], second["interval"]) == ("−0.5000", "0.0000 to −0.4900")


def test_the_folded_table(folder):
    text = rendered(
        shown(
            folder,
            [row("worst", "low", "log_loss"), row("top", "low", "log_loss", 0.5, known=False, distinguishable=False)],
        )
    )
    table = text.partition('<details id="other-metrics">')[2].partition("</details>")[0]
    assert "<summary>Differences in other metrics</summary>" in table
    cells = [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.DOTALL)
        for line in re.findall(r"<tr>.*?</tr>", table, re.DOTALL)
    ]
    assert cells[1:] == [
        ["log_loss"],
        ["worst", "low", "yes", "+0.0123", "0.0000 to +0.0223", "&lt;0.0001"],
        ["top", "low", "no", "+0.5000", "–", "–"],
    ]
    assert len(cells[0]) == len(cells[2])
    assert "more row" not in table
    assert not re.findall(r"<th(?! scope=|ead)", table)


@pytest.mark.parametrize("most", [4, 5])
def test_the_page_has_as_many_rows_of_each_metric(folder, monkeypatch, most):
    monkeypatch.setattr(trust, "MOST", most)
    pairs = [("worst", "low"), ("same", "worst"), ("top", "low")]
    context = shown(folder, [row(*pair, metric) for metric in ("macro_f1", "log_loss") for pair in pairs])
    assert [len(rows) for rows in context["others"].values()] == [2, 2]
    assert "There are 2 more rows in" in rendered(context)


def test_one_row_that_is_left_out(folder, monkeypatch):
    monkeypatch.setattr(trust, "MOST", 1)
    context = shown(folder, [row("worst", "low", "log_loss"), row("top", "low", "log_loss")])
    assert "There is 1 more row in" in rendered(context)


def test_without_other_metrics_there_is_no_such_table(folder):
    context = shown(folder, [])
    assert context["others"] == {}
    assert "other-metrics" not in rendered(context)


def test_the_page_has_the_table(page_of):
    html = page_of(["a", "b", "c"], valid=10, guessing=2).html
    table = html.partition('<details id="other-metrics">')[2].partition("</details>")[0]
    assert re.findall(r'<th scope="rowgroup"[^>]*>(.*?)</th>', table) == ["balanced_accuracy", "roc_auc", "log_loss"]
