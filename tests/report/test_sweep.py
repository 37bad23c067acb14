import re

import jinja2
import pytest

from ladder.formats import tables
from ladder.report import page, sweep
from ladder.sweep.evaluate import columns_of_points

OVER = {"lr": [0.1, 1.0, 10.0, 100.0]}
SPREAD = {
    "lr=0.1": (0.80, 0.79, 0.81, 3, 0),
    "lr=1": (0.90, 0.88, 0.92, 3, 0),
    "lr=10": (0.89, 0.87, 0.91, 3, 0),
    "lr=100": (None, None, None, 0, 3),
}
COLUMNS = ("accuracy_mean", "accuracy_low", "accuracy_high", "n", "diverged")
FAILURES = "run,point,variant,seed,kind,why\n"


def context_of(folder, spread=SPREAD, own="lr=0.1", over=OVER, ladder=None, failed="", **extra):
    rows = [
        {"point": name, **dict(zip(COLUMNS, values, strict=True)), "failed": failed.count(f",{name},"), **extra}
        for name, values in spread.items()
    ]
    (folder / "failures.csv").write_text(FAILURES + failed)
    columns = columns_of_points({}, ["accuracy", *(key.removesuffix("_mean") for key in extra)])
    tables.write_both(folder / "points", rows, columns)
    (folder / "costs.csv").write_text("run,point,train_seconds\n0,lr=1,1200.25\n1,lr=1,34.5\n")
    about = {"over": over, "own": own, "points": f"{folder}/points.parquet", "costs": f"{folder}/costs.csv"}
    about["failures"] = f"{folder}/failures.csv"
    (context,) = sweep.context({"line": about}, ladder or {})
    return context


def test_what_is_said(tmp_path):
    assert context_of(tmp_path)["said"] == [
        "3 runs at 1 point diverged: the loss became infinite or no number.",
        "The highest mean accuracy is 90.00% (95% interval 88.00% to 92.00%, 3 seeds), at lr=1.",
        "The variant's own setting, lr=0.1, has 80.00% (95% interval 79.00% to 81.00%, 3 seeds).",
        "One other point has an interval that overlaps the best point's: these seeds do not tell the two apart.",
    ]


def test_the_own_setting_may_be_the_best(tmp_path):
    assert context_of(tmp_path, own="lr=1")["said"][2] == "That is the variant's own setting."


def test_the_own_setting_may_have_diverged(tmp_path):
    said = context_of(tmp_path, own="lr=100")["said"]
    assert said[2] == "At the variant's own setting, lr=100, every run diverged."


def test_an_own_setting_that_is_no_point_is_taken_from_the_ladder(tmp_path):
    rung = {"accuracy": {"mean": 0.85, "low": 0.84, "high": 0.86, "n": 5}}
    assert context_of(tmp_path, own="lr=2", ladder={"line": rung})["said"][2] == (
        "The variant's own setting, lr=2, is not among the points; in the ladder it has 85.00% "
        "(95% interval 84.00% to 86.00%, 5 seeds)."
    )
    assert not any("own setting" in sentence for sentence in context_of(tmp_path, own="lr=2")["said"])


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        ((0.85, 0.84, 0.86, 3, 0), "No other point has an interval that overlaps the best point's."),
        ((0.85, None, None, 1, 2), "No other point has an interval that overlaps the best point's."),
        (
            (0.85, 0.8, 0.88, 3, 0),
            "One other point has an interval that overlaps the best point's: these seeds do not tell the two apart.",
        ),
    ],
)
def test_overlapping_intervals_are_counted(tmp_path, second, sentence):
    spread = {"lr=1": SPREAD["lr=1"], "lr=10": second}
    assert context_of(tmp_path, spread)["said"][-1] == sentence


def test_several_overlaps_are_told_by_number(tmp_path):
    spread = dict.fromkeys(SPREAD, (0.9, 0.8, 1.0, 3, 0))
    assert context_of(tmp_path, spread)["said"][-1] == (
        "3 other points' intervals overlap the best point's: these seeds do not tell them apart."
    )


def test_one_run_a_point_has_no_interval_to_speak_of(tmp_path):
    spread = {name: (mean or 0.5, None, None, 1, 0) for name, (mean, *_) in SPREAD.items()}
    assert context_of(tmp_path, spread)["said"] == [
        "The highest mean accuracy is 90.00%, at lr=1.",
        "The variant's own setting, lr=0.1, has 80.00%.",
        "With one run per point there is no interval, so differences cannot be told from chance.",
    ]


def test_where_all_diverged_nothing_is_the_best(tmp_path):
    context = context_of(tmp_path, dict.fromkeys(SPREAD, SPREAD["lr=100"]))
    assert context["best"] is None
    assert context["said"] == [
        "12 runs at 4 points diverged: the loss became infinite or no number.",
        "At the variant's own setting, lr=0.1, every run diverged.",
    ]


def test_points_are_ranked_and_the_rest_is_left_to_the_file(tmp_path):
    context = context_of(tmp_path)
    assert [row["point"] for row in context["rows"]] == ["lr=1", "lr=10", "lr=0.1", "lr=100"]
    assert (context["points"], context["runs"]) == (4, 12)
    many = {f"lr={number}": (number / 100, 0, 0.99, 2, 0) for number in range(1, 50)}
    context = context_of(tmp_path, many, over={"lr": list(range(1, 50))})
    assert [row["point"] for row in context["rows"]] == [f"lr={number}" for number in range(49, 29, -1)]


def test_seconds_are_summed_and_kept_apart(tmp_path):
    context = context_of(tmp_path)
    assert sweep.timings([context]) == {"sweep-line": {"train_seconds": "1,235"}}
    assert "1,235" not in rendered(context)


def rendered(context):
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(page.FOLDER), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters.update(percent=page.percent, count=lambda number: f"{number:,.0f}", plural=page.plural)
    return environment.get_template("_sweeps.html.j2").render(
        sweeps=[context | {"drawing": "<svg/>", "caption": "Cells."}]
    )


def test_the_table_shows_settings_spread_and_metrics(tmp_path):
    html = rendered(context_of(tmp_path, log_loss_mean=0.25))
    (best,) = re.findall(r'<tr class="best">(.*?)</tr>', html, re.DOTALL)
    cells = [cell.strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", best, re.DOTALL)]
    assert cells == ["1", "90.00%", "88.00 to 92.00%", "3", "0", "0.2500"]
    last = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)[-1]
    assert re.findall(r"<td[^>]*>(.*?)</td>", last, re.DOTALL)[:4] == ["100", "–", "–", "0"]


def test_runs_that_failed_are_told_beside_those_that_diverged(tmp_path):
    rows = "".join(f"{run},lr=1000,line,{run - 12},failed,KeyError: 'x'\n" for run in (12, 13, 14))
    spread = SPREAD | {"lr=1000": (None, None, None, 0, 0)}
    over = {"lr": [0.1, 1.0, 10.0, 100.0, 1000.0]}
    context = context_of(tmp_path, spread, own="lr=1000", over=over, failed=rows)
    assert context["runs"] == 15
    assert context["said"][1] == "3 of 15 runs failed; run 12: KeyError: 'x'."
    assert "At the variant's own setting, lr=1000, every run failed." in context["said"]
    last = re.findall(r"<tr>(.*?)</tr>", rendered(context), re.DOTALL)[-1]
    assert re.findall(r"<td[^>]*>(.*?)</td>", last, re.DOTALL)[:6] == ["1000", "–", "–", "0", "0", "3"]
