import csv

import numpy as np
import pytest

from ladder.config.sweeps import Sweep
from ladder.config.swept_settings import own, without
from ladder.formats import scores
from ladder.sweep.train import train_runs
from ladder.train import train_block, train_one

pytestmark = pytest.mark.usefixtures("one_thread")

FILES = {"history": "h.csv", "scores": "s.parquet", "costs": "c.csv", "failures": "f.csv"}
SMALL = {"epochs": 2, "batch_size": 32}
TIMINGS = ("train_seconds", "microseconds_per_image", "cpu_seconds", "peak_megabytes", "seconds")


@pytest.fixture
def swept(learnable, recipe, tmp_path):
    def swept(variant, over, seeds=2, block=None, name="swept", **changes):
        """Train a small version of a shipped variant at some points; return the folder of its files."""
        shortened = recipe(variant, **SMALL | changes)
        sweep = Sweep(without(shortened, list(over)), own="", over=over, seeds=seeds, runs_per_job=1000)
        outputs = {kind: str(tmp_path / name / file) for kind, file in FILES.items()}
        points = sweep.runs_of(block or sweep.blocks[0])
        train_runs(variant, sweep.recipe, points, "cpu", learnable.train, learnable.valid, outputs)
        return tmp_path / name

    return swept


def rows_of(folder, kind, without=TIMINGS):
    with open(folder / FILES[kind], newline="") as file:
        return [{key: value for key, value in row.items() if key not in without} for row in csv.DictReader(file)]


def runs_of(folder):
    return scores.read(folder / FILES["scores"])


@pytest.mark.parametrize(
    ("variant", "settings"),
    [
        ("linear_sgd", ["lr"]),
        ("linear_mse", ["shuffle", "lr", "batch_size"]),
        ("mlp", ["options.hidden", "lr"]),
        ("cnn", ["weight_decay"]),
        ("linear_sgd", ["class_weights"]),
    ],
)
def test_a_point_with_the_variants_own_settings_is_the_ladders_run(
    swept, learnable, recipe, tmp_path, variant, settings
):
    shortened = recipe(variant, **SMALL)
    here = swept(variant, {key: [value] for key, value in own(shortened, settings).items()}, seeds=4)
    ladder = {kind: str(tmp_path / "ladder" / file) for kind, file in {**FILES, "weights": "w.safetensors"}.items()}
    train_block(variant, shortened, [3], "cpu", learnable.train, learnable.valid, ladder)
    labels, expected = scores.read(ladder["scores"])[1][3]
    run = runs_of(here)[1][3]
    assert run[1].tobytes() == expected.tobytes()
    assert run[0].tobytes() == labels.tobytes()
    own_rows = [row for row in rows_of(here, "history", (*TIMINGS, "run", "point")) if row["seed"] == "3"]
    assert own_rows == rows_of(tmp_path / "ladder", "history")


def test_a_point_has_its_settings(swept):
    folder = swept("linear_sgd", {"lr": [0.01, 1.0], "epochs": [1, 3]}, seeds=1)
    epochs = [row["run"] for row in rows_of(folder, "history")]
    assert [epochs.count(run) for run in "0123"] == [1, 3, 1, 3]
    by_run = runs_of(folder)[1]
    assert len({by_run[run][1].tobytes() for run in range(4)}) == 4


def test_blocks_change_no_result(swept):
    over = {"lr": [0.1, 1.0, 3.0]}
    whole = runs_of(swept("linear_scratch", over, name="whole"))[1]
    assert list(whole) == list(range(6))
    for block in ("0-2", "3-3", "4-5"):
        for run, (_, values) in runs_of(swept("linear_scratch", over, block=block, name=block))[1].items():
            assert values.tobytes() == whole[run][1].tobytes()


def test_the_costs_have_a_row_a_run(swept):
    rows = rows_of(swept("linear_sgd", {"lr": [0.1, 1.0]}), "costs")
    about = {
        "variant": "linear_sgd",
        "parameters": "65",
        "epochs": "2",
        "device": "cpu",
        "gpu": "",
        "driver": "",
        "peak_gpu_megabytes": "",
    }
    assert rows == [
        # The factor of these 8x8 pixels is 8: an adapted rate is eight times the written one (training/adapt.py).
        {"run": str(2 * number + seed), "point": point, "seed": str(seed), "lr": lr, **about}
        for number, (point, lr) in enumerate([("lr=0.1", "0.8"), ("lr=1", "8.0")])
        for seed in range(2)
    ]


def test_scores_that_are_no_probabilities_are_told_from_others(swept):
    about, by_run = runs_of(swept("linear_sgd", {"loss": ["mse", "mnist_loss"]}, lr=0.01))
    assert (about.classes, about.probabilities) == (["3", "7"], [2, 3])
    np.testing.assert_allclose(by_run[2][1].sum(1), 1)


def test_a_run_that_diverges_ends_nothing(swept, capsys):
    long = {"epochs": 20, "shuffle": False}
    folder = swept("linear_mse", {"lr": [0.001, 1e6, 0.002]}, name="with", **long)
    without = swept("linear_mse", {"lr": [0.001, 0.002]}, name="without", **long)
    by_run, undisturbed = runs_of(folder)[1], runs_of(without)[1]
    assert list(by_run) == [0, 1, 4, 5]
    for run, same in ((0, 0), (1, 1), (4, 2), (5, 3)):
        assert by_run[run][1].tobytes() == undisturbed[same][1].tobytes()
    history = [row for row in rows_of(folder, "history") if row["run"] == "2"]
    assert 0 < len(history) < 20
    assert not np.isfinite([float(history[-1][loss]) for loss in ("train_loss", "valid_loss")]).all()
    cost = rows_of(folder, "costs", ())[2]
    assert (cost["point"], cost["seed"], cost["parameters"]) == ("lr=1000000", "0", "")
    assert float(cost["train_seconds"]) > 0
    assert f"linear_mse lr=1000000 seed 0: diverged in epoch {len(history)}, " in capsys.readouterr().out


def test_a_block_in_which_all_diverge_has_files_too(swept):
    folder = swept("linear_mse", {"lr": [1e6, 1e7]}, seeds=1, epochs=20, shuffle=False)
    about, by_run = runs_of(folder)
    assert (about.classes, about.probabilities, by_run) == (["3", "7"], [], {})
    assert len(rows_of(folder, "costs")) == 2


def test_a_run_that_raises_an_error_ends_nothing(swept, monkeypatch):
    def moody(variant, recipe, seed, *splits, **options):
        if recipe["lr"] == 0.1 and seed == 1:
            raise KeyError("mood")
        return train_one(variant, recipe, seed, *splits, **options)

    without = swept("linear_sgd", {"lr": [0.1, 1.0]}, name="without")
    monkeypatch.setattr("ladder.sweep.train.train_one", moody)
    folder = swept("linear_sgd", {"lr": [0.1, 1.0]})
    assert rows_of(without, "failures") == []
    assert rows_of(folder, "failures") == [
        {
            "run": "1",
            "point": "lr=0.1",
            "variant": "linear_sgd",
            "seed": "1",
            "kind": "failed",
            "why": "KeyError: 'mood'",
        }
    ]
    by_run, undisturbed = runs_of(folder)[1], runs_of(without)[1]
    assert list(by_run) == [0, 2, 3]
    assert all(by_run[run][1].tobytes() == undisturbed[run][1].tobytes() for run in by_run)
    assert [row["run"] for row in rows_of(folder, "costs")] == ["0", "2", "3"]


def test_a_run_that_diverges_is_no_failure_of_a_sweep(swept):
    folder = swept("linear_mse", {"lr": [1e6]}, epochs=20, shuffle=False)
    assert rows_of(folder, "failures") == []


def test_a_line_tells_of_each_run(swept, capsys):
    swept("linear_sgd", {"lr": [0.1]})
    lines = [line for line in capsys.readouterr().out.splitlines() if line]
    assert [line.partition(": accuracy ")[0] for line in lines] == [
        "linear_sgd lr=0.1 seed 0",
        "linear_sgd lr=0.1 seed 1",
    ]
