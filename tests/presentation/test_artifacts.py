import json

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from ladder.evaluation.values import METRICS
from ladder.figures import learning_curves, loss_curves, weights
from ladder.formats import tables
from ladder.presentation import artifacts
from ladder.training.costs import COSTS
from ladder.training.failures import FAILURES
from ladder.training.history import HISTORY


class Valid:
    labels, classes = np.zeros(10), ["3", "7"]

    def __getitem__(self, number):
        return np.zeros((2, 3))


def history_of(folder, *runs):
    """A table as `load` reads it: a file for each run, (variant, seed, losses of its epochs)."""
    paths = [str(folder / f"{number}.csv") for number in range(len(runs))]
    for path, (variant, seed, losses) in zip(paths, runs, strict=True):
        rows = [(variant, seed, epoch, loss, 0.5, 0.75, 0.1) for epoch, loss in enumerate(losses)]
        tables.write(path, [dict(zip(HISTORY, row, strict=True)) for row in rows], HISTORY)
    return artifacts.load("history", paths)


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("bad", [NAN, INF, -INF])
def test_losses_that_are_no_numbers_are_read_as_such(tmp_path, bad):
    history = history_of(tmp_path, ("a", 0, []), ("a", 1, [0.25, bad]))
    assert history["train_loss"].dtype == float
    assert np.array_equal(history["train_loss"], [0.25, bad], equal_nan=True)
    assert history["seed"].dtype == int  # the first file has no rows


def test_curves_are_of_the_runs_that_finished(tmp_path):
    history = history_of(
        tmp_path, ("a", 0, [0.5, 0.25]), ("a", 1, [0.5, 9.0, NAN]), ("b", 0, [0.5, 1e30, INF]), ("c", 0, [NAN])
    )
    shown = artifacts.curves(history)
    assert list(zip(shown["variant"], shown["seed"], shown["epoch"])) == [
        ("a", 0, 0),
        ("a", 0, 1),
        ("b", 0, 0),
        ("b", 0, 1),
    ]
    pd.testing.assert_frame_equal(artifacts.curves(shown[shown["variant"] == "a"]), shown[shown["variant"] == "a"])


@pytest.mark.parametrize("draw", [lambda history: learning_curves.draw(history, Valid()), loss_curves.draw])
def test_a_variant_that_diverged_is_drawn_as_far_as_it_came(tmp_path, draw):
    figure = draw(
        history_of(tmp_path, ("a", 0, [0.5, 0.25]), ("b", 0, [0.5, 1e30, INF]), ("b", 1, [0.75, 0.5, 2e38, NAN]))
    )
    figure.draw_without_rendering()
    assert [axes.get_title(loc="left") or axes.get_title() for axes in figure.axes] == ["a", "b"]
    assert figure.axes[1].lines[0].get_xdata().tolist() == [1, 2, 3]


@pytest.mark.parametrize("draw", [lambda history: learning_curves.draw(history, Valid()), loss_curves.draw])
def test_without_any_epoch_a_figure_says_so(tmp_path, draw):
    figure = draw(history_of(tmp_path, ("a", 0, []), ("b", 0, [NAN])))
    figure.draw_without_rendering()
    assert [text.get_text() for text in figure.texts] == ["No training run of this ladder has an epoch to show."]


@pytest.fixture
def write_weights(tmp_path):
    def write(name, seeds):
        path = str(tmp_path / name)
        shapes = {"weight": (1, 6), "bias": (1,)}
        arrays = {
            f"seed{seed}.{key}": np.full(shape, seed, np.float32) for seed in seeds for key, shape in shapes.items()
        }
        save_file(arrays, path, metadata={"ladder": json.dumps({"variant": name[0], "recipe": {"model": "linear"}})})
        return artifacts.Weights(path)

    return write


def test_weights_are_those_of_the_first_seed_that_finished(write_weights):
    blocks = [write_weights("a0", []), write_weights("a1", [3, 4]), write_weights("b0", [])]
    (block,) = weights._first_blocks(blocks)
    matrix, outputs = block.linear(6, 2)
    assert (block.variant, outputs, block.row(matrix, 0).tolist()) == ("a", 1, [3.0] * 6)
    figure = weights.draw(blocks, Valid())
    assert {text.get_text() for axes in figure.axes for text in axes.texts} == {"a"}


def test_where_no_seed_finished_there_are_no_weights(write_weights):
    block = write_weights("a0", [])
    assert (block.trained, block.linear(4, 2)) == (False, None)
    figure = weights.draw([block], Valid())
    assert [text.get_text() for text in figure.texts] == ["This ladder has no linear model that was trained."]


def test_a_ladder_of_baselines_has_an_empty_table_of_failures():
    table = artifacts.load("failures", [])
    assert (list(table.columns), len(table)) == (list(FAILURES), 0)


def test_a_reason_is_text_whatever_it_says(tmp_path):
    tables.write(tmp_path / "f.csv", [{"variant": "1", "seed": 2, "kind": "failed", "why": "nan"}], FAILURES)
    (row,) = artifacts.load("failures", [str(tmp_path / "f.csv")]).to_dict("records")
    assert row == {"variant": "1", "seed": 2, "kind": "failed", "why": "nan"}


def test_a_table_has_the_types_of_its_columns_whatever_its_fields_look_like(tmp_path):
    base = {"variant": "1", "seed": 0, "train_seconds": 2, "device": "cpu"}
    tables.write(tmp_path / "a.csv", [base], COSTS)
    tables.write(tmp_path / "b.csv", [base | {"variant": "NA", "epochs": 3, "lr": 1, "gpu": "5090"}], COSTS)
    table = artifacts.load("costs", [str(tmp_path / name) for name in ("a.csv", "b.csv")])
    assert table["variant"].tolist() == ["1", "NA"]
    assert table["gpu"].tolist() == ["", "5090"]
    assert np.array_equal(table["epochs"], [np.nan, 3], equal_nan=True)
    assert (table["seed"].dtype, table["train_seconds"].dtype, table["lr"].dtype) == (int, float, float)


def test_a_table_of_evaluate_is_read_with_its_own_types(tmp_path):
    row = {"variant": "1", "seed": 0, "metric": "recall", "class": "3", "value": None}
    tables.write_both(tmp_path / "metrics", [row, row | {"class": "", "value": 1}], METRICS)
    table = artifacts.load("metrics", [str(tmp_path / "metrics.parquet")])
    assert table[["variant", "class"]].to_numpy().tolist() == [["1", "3"], ["1", ""]]
    assert np.array_equal(table["value"], [np.nan, 1.0], equal_nan=True)


def test_the_fields_of_another_table_say_what_they_are(tmp_path):
    tables.write(tmp_path / "pixels.csv", [{"row": 4, "15": 255}], {"row": "int64", "15": "int64"})
    assert artifacts.load("pixels", [str(tmp_path / "pixels.csv")]).to_dict("records") == [{"row": 4, "15": 255}]
