import csv

import numpy as np
import pyarrow.parquet as pq
import pytest

from ladder.evaluation import statistics
from ladder.formats import scores
from ladder.sweep.evaluate import evaluate_sweep

CLASSES = ["3", "7"]
LABELS = np.array([0, 0, 1, 1])
ALL = ["accuracy", "log_loss", "calibration_error", "precision", "recall"]
OVER = {"lr": [0.1, 1.0, 10.0], "loss": ["mnist_loss", "mse"]}
# First class's score for each image by run, two seeds a point; runs 8, 9 and 11 diverged.
FIRST = {
    0: [0.8, 0.6, 0.3, 0.9],
    1: [0.9, 0.9, 0.1, 0.1],
    2: [0.5, 3.0, 0.2, 0.1],
    3: [0.1, 0.1, 0.9, 0.9],
    4: [0.9, 0.9, 0.1, 0.6],
    5: [0.9, 0.9, 0.1, 0.6],
    6: [0.9, 0.9, 0.1, 0.1],
    7: [0.9, 0.1, 0.1, 0.1],
    10: [0.7, 0.7, 0.7, 0.7],
}
OF_MSE = (2, 3, 6, 7, 10, 11)
BLOCKS = [[0, 1, 2], [3, 4, 5, 6], [7, 8, 9, 10, 11]]


def evaluated(folder, blocks, over=OVER, seeds=2, failed=()):
    files = []
    for number, runs in enumerate(blocks):
        by_run = {run: np.stack([np.array(FIRST[run]), 1 - np.array(FIRST[run])], 1) for run in runs if run in FIRST}
        probabilities = [run for run in by_run if run not in OF_MSE]
        files.append(str(folder / f"{number}.parquet"))
        scores.write(files[-1], CLASSES, LABELS, by_run, probabilities, key="run")
    evaluate_sweep(over, seeds, files, set(failed), ALL, {name: str(folder / name) for name in ("runs", "points")})
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return evaluated(tmp_path_factory.mktemp("sweep"), BLOCKS)


def rows_of(folder, name):
    with open(folder / f"{name}.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_row_for_every_run_in_order(folder):
    rows = rows_of(folder, "runs")
    assert list(rows[0]) == [
        *("run", "point", "lr", "loss", "seed", "diverged", "failed", "accuracy", "log_loss", "calibration_error"),
        *("precision[3]", "precision[7]", "recall[3]", "recall[7]"),
    ]
    assert [(row["run"], row["seed"]) for row in rows] == [(str(run), str(run % 2)) for run in range(12)]
    assert [row["point"] for row in rows[2:5]] == ["lr=0.1,loss=mse", "lr=0.1,loss=mse", "lr=1,loss=mnist_loss"]
    assert (rows[4]["lr"], rows[4]["loss"]) == ("1.0", "mnist_loss")


def test_the_metrics_of_a_run(folder):
    rows = rows_of(folder, "runs")
    assert [row["accuracy"] for row in rows] == [
        *("0.75", "1.0", "1.0", "0.0", "0.75", "0.75", "1.0", "0.75", "", "", "0.5", ""),
    ]
    assert float(rows[0]["log_loss"]) == pytest.approx(-np.log([0.8, 0.6, 0.7, 0.1]).mean())
    assert float(rows[0]["precision[3]"]) == pytest.approx(2 / 3)
    assert rows[10]["precision[7]"] == ""  # never predicted
    assert {row["log_loss"] for row in rows if int(row["run"]) in OF_MSE} == {""}


def test_a_run_without_scores_diverged(folder):
    assert [int(row["run"]) for row in rows_of(folder, "runs") if row["diverged"] == "True"] == [8, 9, 11]


def test_points_have_the_spread_of_their_runs(folder):
    rows = {row["point"]: row for row in rows_of(folder, "points")}
    assert list(rows)[:2] == ["lr=0.1,loss=mnist_loss", "lr=0.1,loss=mse"]
    first = rows["lr=0.1,loss=mnist_loss"]
    assert (first["n"], first["diverged"]) == ("2", "0")
    spread = vars(statistics.spread([0.75, 1.0]))
    assert (spread["low"] < 0, spread["high"] > 1) == (True, True)
    for name, value in (spread | {"low": 0.0, "high": 1.0}).items():
        assert float(first[name if name == "n" else f"accuracy_{name}"]) == value
    assert float(rows["lr=1,loss=mnist_loss"]["accuracy_std"]) == 0
    assert [key for key in first if key.endswith("_mean")] == [
        "accuracy_mean",
        "log_loss_mean",
        "calibration_error_mean",
    ]
    assert rows["lr=0.1,loss=mse"]["log_loss_mean"] == ""


def test_points_leave_out_what_diverged(folder):
    rows = {row["point"]: row for row in rows_of(folder, "points")}
    partial, none = rows["lr=10,loss=mse"], rows["lr=10,loss=mnist_loss"]
    assert [partial[name] for name in ("n", "diverged", "accuracy_mean", "accuracy_low")] == ["1", "1", "0.5", ""]
    assert (none["n"], none["diverged"], none["accuracy_mean"]) == ("0", "2", "")


def test_parquet_and_csv_say_the_same(folder):
    for name in ("runs", "points"):
        table = pq.read_table(folder / f"{name}.parquet").to_pylist()
        written = rows_of(folder, name)
        assert [[("" if v is None else str(v)) for v in row.values()] for row in table] == [
            list(row.values()) for row in written
        ]


@pytest.mark.parametrize("blocks", [[list(range(12))], [[run] for run in range(12)]])
def test_blocks_change_no_byte(folder, tmp_path, blocks):
    again = evaluated(tmp_path, blocks)
    for name in ("runs.csv", "points.csv", "runs.parquet", "points.parquet"):
        assert (again / name).read_bytes() == (folder / name).read_bytes()


def test_where_all_diverged_there_are_tables_too(tmp_path):
    evaluated(tmp_path, [[8], [9]], {"lr": [1]})
    (row,) = rows_of(tmp_path, "points")
    assert (row["n"], row["diverged"], row["accuracy_mean"]) == ("0", "2", "")


def test_a_run_that_failed_is_told_from_one_that_diverged(tmp_path):
    folder = evaluated(tmp_path, BLOCKS, failed=(9, 11))
    rows = rows_of(folder, "runs")
    for column, runs in (("diverged", [8]), ("failed", [9, 11])):
        assert [int(row["run"]) for row in rows if row[column] == "True"] == runs
    counts = {row["point"]: tuple(row[key] for key in ("n", "diverged", "failed")) for row in rows_of(folder, "points")}
    assert counts["lr=10,loss=mnist_loss"] == ("0", "1", "1")
    assert counts["lr=10,loss=mse"] == ("1", "0", "1")
    assert counts["lr=1,loss=mse"] == ("2", "0", "0")
