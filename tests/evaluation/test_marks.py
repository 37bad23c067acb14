"""Marks, by hand and of real scores: rungs that are no competitors."""

import csv
import json

import numpy as np
import pytest
import torch

from ladder import losses
from ladder.evaluate import evaluate
from ladder.evaluation import ideas, marks
from ladder.evaluation.tallies import Tally
from ladder.formats import scores

HALVES = np.array([0.5, 0.5])
PLAIN = {"sampling": "as_is", "class_weights": "none"}


def written(path, header, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def history(folder, *rows):
    """A history of rows (variant, seed, epoch, train_loss, valid_loss)."""
    return [
        written(
            folder / "history.csv",
            ["variant", "seed", "epoch", "train_loss", "valid_loss", "accuracy"],
            [(*row, 0.5) for row in rows],
        )
    ]


def failures(folder, *rows):
    return [written(folder / "failures.csv", ["variant", "seed", "kind", "why"], rows)]


def rose(folder, *rows, loss="mse"):
    return marks.loss_rose(history(folder, *rows), [], {"line": PLAIN | {"loss": loss}}, HALVES, HALVES)


# --- Trainings that did not end.


def test_seeds_that_did_not_end_are_counted_of_all_that_were_started(tmp_path):
    files = failures(
        tmp_path,
        ["line", 3, "diverged", "the loss is nan"],
        ["line", 1, "diverged", "the loss is inf"],
        ["net", 0, "failed", "out of memory"],
    )
    found = marks.not_ended(files, {"line": 3, "other": 5})
    assert found == {
        "diverged": {"line": "diverged in 2 of 5 seeds: the loss is inf"},
        "failed": {"net": "failed: out of memory"},
    }


def test_of_a_rung_of_which_no_seed_ended_all_did_not(tmp_path):
    files = failures(tmp_path, ["line", 0, "diverged", "nan"], ["line", 1, "failed", "killed"])
    assert marks.not_ended(files, {}) == {
        "diverged": {"line": "diverged in 1 of 2 seeds: nan"},
        "failed": {"line": "failed in 1 of 2 seeds: killed"},
    }


def test_where_nothing_failed_no_rung_is_marked(tmp_path):
    assert marks.not_ended(failures(tmp_path), {"line": 5}) == {"diverged": {}, "failed": {}}


# --- One class for every image.


def tally(*predicted, classes=3):
    return Tally.of(np.zeros(len(predicted), np.int64), np.eye(classes)[list(predicted)])


def test_one_class_for_every_image_is_said_with_the_class_and_the_seeds():
    tallies = {
        "all": [tally(1, 1), tally(1, 1)],
        "some": [tally(0, 1), tally(2, 2), tally(0, 0)],
        "none": [tally(0, 1), tally(0, 2)],
        "once": [tally(0, 0)],
    }
    assert marks.one_class(tallies) == {
        "all": "gives every image the same class in all 2 seeds",
        "some": "gives every image the same class in 2 of 3 seeds",
        "once": "gives every image the same class",
    }


# --- A loss that ends above its start.


def test_a_training_loss_that_ends_above_that_of_the_first_epoch(tmp_path):
    rows = [
        ("line", seed, epoch, loss, 0.3)
        for seed, ends in ((0, (0.7, 0.2)), (1, (0.7, 90.0, 1298.0)))
        for epoch, loss in enumerate(ends)
    ]
    assert rose(tmp_path, *rows) == {
        "line": "its loss ends above its start in 1 of 2 seeds: in training from 0.7 in the first epoch to 1298 in the "
        "last (seed 1)"
    }


def test_what_lies_between_the_first_and_the_last_epoch_does_not_count(tmp_path):
    assert rose(tmp_path, ("line", 0, 0, 0.7, 9.0), ("line", 0, 1, 90.0, 9.0), ("line", 0, 2, 0.2, 9.0)) == {}


@pytest.mark.parametrize(("end", "marked"), [(0.7, False), (0.707, False), (0.7071, True)])
def test_a_rise_of_a_hundredth_is_noise(tmp_path, end, marked):
    assert bool(rose(tmp_path, ("line", 0, 0, 0.7, 0.1), ("line", 0, 1, end, 0.1))) == marked


def test_a_loss_of_ones_own_may_be_negative(tmp_path):
    assert rose(tmp_path, ("line", 0, 0, -0.7, 0.1), ("line", 0, 1, -0.701, 0.1), loss="mine") == {}
    assert rose(tmp_path, ("line", 0, 0, -0.7, 0.1), ("line", 0, 1, -0.6, 0.1), loss="mine")


@pytest.mark.parametrize(("loss", "of_shares"), [("mse", 0.25), ("mnist_loss", 0.5), ("cross_entropy", np.log(2))])
def test_one_epoch_is_held_against_saying_the_classes_shares(tmp_path, loss, of_shares):
    # A training loss that is lower by far: the images for validation may be harder.
    assert rose(tmp_path, ("line", 0, 0, 0.001, 1.009 * of_shares), loss=loss) == {}
    assert rose(tmp_path, ("line", 0, 0, 0.001, 1.011 * of_shares), loss=loss)["line"] == (
        f"its loss ends above its start: after the one epoch {1.011 * of_shares:.4g} in validation, where saying the "
        f"classes' shares has {of_shares:.4g}"
    )


def test_a_seed_that_did_not_end_has_no_loss_at_its_end(tmp_path):
    rows = [
        ("line", seed, epoch, loss, 0.3) for seed in (0, 1, 2) for epoch, loss in enumerate((0.7, 9.0 - 4.4 * seed))
    ]
    ended = failures(tmp_path, ["line", 0, "diverged", "the loss is nan"])
    found = marks.loss_rose(history(tmp_path, *rows), ended, {"line": PLAIN | {"loss": "mse"}}, HALVES, HALVES)
    assert found["line"].startswith("its loss ends above its start in 1 of 2 seeds: ")
    assert found["line"].endswith(" to 4.6 in the last (seed 1)")


def test_of_a_loss_of_ones_own_and_one_epoch_nothing_is_said(tmp_path):
    assert rose(tmp_path, ("line", 0, 0, 0.1, 99.0), loss="mine") == {}


@pytest.mark.parametrize(
    ("settings", "start"),
    [
        ({}, -0.95 * np.log(0.95) - 0.05 * np.log(0.05)),
        ({"sampling": "balanced"}, np.log(2)),
        ({"class_weights": "balanced"}, np.log(2)),
        # 19 images of the second class weigh what one of the first does: half of all draws, as it were.
        ({"class_weights": [1.0, 19.0]}, np.log(2)),
        ({"sampling": "balanced", "class_weights": [3.0, 1.0]}, -0.95 * 1.5 * np.log(0.75) - 0.05 * 0.5 * np.log(0.25)),
    ],
)
def test_after_one_epoch_the_start_is_of_the_shares_that_training_counts(tmp_path, settings, start):
    shares, recipes = np.array([0.95, 0.05]), {"line": PLAIN | {"loss": "cross_entropy"} | settings}
    for factor, risen in ((1.005, False), (1.02, True)):
        file = history(tmp_path, ("line", 0, 0, 0.1, start * factor))
        assert bool(marks.loss_rose(file, [], recipes, shares, shares)) == risen


@pytest.mark.parametrize(("loss", "classes"), [(name, k) for name in marks.SHARES for k in (2, 3, 10)])
def test_the_loss_of_saying_the_shares_is_that_of_a_model_that_does(loss, classes):
    shares = np.random.default_rng(classes).dirichlet(np.ones(classes))
    function = getattr(losses, loss)
    said = torch.tensor(shares[:1] if classes == 2 else shares)
    if classes > 2 and function.activation == "sigmoid":
        # An image's own class weighs as much as all the others together.
        every = torch.eye(classes, dtype=torch.float64)
        own, others = (losses._weights(every).diagonal() * said), 1 - said
        said = own / (own + others)
    softmax = function.activation == "softmax" and classes > 2
    outputs = said if function.activation == "identity" else said.log() if softmax else said.logit()
    targets = torch.eye(classes, dtype=torch.float64)[:, : len(said)]
    found = [function(outputs[None], target[None]).item() for target in targets]
    assert marks.SHARES[loss](shares) == pytest.approx(found)


@pytest.mark.parametrize(("loss", "start"), [("cross_entropy", np.log(10)), ("mnist_loss", 9), ("mse_sigmoid", 4.5)])
def test_the_loss_of_saying_the_shares_is_where_an_untrained_model_starts(loss, start):
    outputs, targets = torch.zeros(10, 10), torch.eye(10)
    assert getattr(losses, loss)(outputs, targets).item() == pytest.approx(start)
    assert marks.SHARES[loss](np.full(10, 0.1)).mean() == pytest.approx(start)


# --- The table, of real scores.

CLASSES = [str(number) for number in range(10)]
LABELS = np.arange(300) % 10
SILHOUETTES = {
    "pixel_l1": [167],
    "pixel_l2": [170],
    "line": [36, 40],
    "mlp": None,
    "resnet18": [60, 45],
    "cnn": [264, 263],
}
LOSS = {"line": "mnist_loss", "mlp": "mnist_loss", "resnet18": "cross_entropy", "cnn": "cross_entropy"}


def evaluated(folder, rungs, labels=LABELS, classes=CLASSES, train=None, **more):
    """Tables of rungs that are right on so many images a seed (None: one class, by two seeds), or predict as said."""
    random = np.random.default_rng(0)
    train = train or dict.fromkeys(classes, 5)
    rows = [f"train,{number},t/{number},{name}" for name, count in train.items() for number in range(count)]
    rows += [f"valid,{number},v/{number},{classes[label]}" for number, label in enumerate(labels)]
    (folder / "index.csv").write_text("\n".join(["split,position,path,class", *rows]) + "\n")
    for rung, counts in rungs.items():
        by_seed = {}
        if isinstance(counts, np.ndarray):
            by_seed, counts = {0: 0.1 + np.eye(len(classes))[counts]}, []
        for seed, count in enumerate([0, 0] if counts is None else counts):
            predicted = np.zeros(len(labels), np.int64)
            if counts is not None:
                predicted = (labels + random.integers(1, len(classes), len(labels))) % len(classes)
                right = random.permutation(len(labels))[:count]
                predicted[right] = labels[right]
            by_seed[seed] = 0.1 + np.eye(len(classes))[predicted]
        scores.write(folder / rung, classes, labels, by_seed, False)
    evaluate(
        {rung: [str(folder / rung)] for rung in rungs}, str(folder / "index.csv"), ["accuracy"], str(folder), {}, **more
    )
    with open(folder / "marks.csv", newline="", encoding="utf-8") as file:
        found = [(row["variant"], int(row["place"]), row["mark"], row["why"]) for row in csv.DictReader(file)]
    return found, json.loads((folder / "summary.json").read_text())


def test_the_silhouettes_have_their_rungs_at_chance_marked(tmp_path):
    variants = {name: {"model": "linear" if name == "line" else name} for name in LOSS}
    found, summary = evaluated(tmp_path, SILHOUETTES, families=ideas.families(list(SILHOUETTES), variants))
    assert [row[:3] for row in found] == [
        ("line", 2, "chance"),
        ("mlp", 3, "one_class"),
        ("mlp", 3, "chance"),
    ]
    why = {row[:1] + row[2:3]: row[3] for row in found}
    assert why["mlp", "one_class"] == "gives every image the same class in all 2 seeds"
    assert why["mlp", "chance"] == (
        "not distinguishable from majority (0.00 points, 95% interval 0.00 to 0.00), which is right on 10.00%"
    )
    assert summary["majority"] == {"class": "0", "accuracy": 0.1}
    assert [(row["variant"], row["mark"]) for row in summary["marks"]] == [(row[0], row[2]) for row in found]
    with open(tmp_path / "comparison.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    tried = [
        (row["rung"], row["other"], round(100 * float(row["difference"]), 2)) for row in rows if row["kind"] == "idea"
    ]
    assert tried == [("pixel_l2", "pixel_l1", 1.0), ("cnn", "pixel_l2", 31.17)]


def test_what_is_worse_than_the_majority_is_marked_too(tmp_path):
    """Three of five images of one class: a rung that is right on half of the images is behind the simplest there is."""
    labels = np.arange(400) % 5 // 3
    found, summary = evaluated(
        tmp_path, {"low": [200], "even": [242], "cnn": [396]}, labels, ["a", "b"], {"a": 3, "b": 2}
    )
    assert [row[:3] for row in found] == [("low", 0, "chance"), ("even", 1, "chance")]
    assert found[0][3].startswith("worse than majority by 10.00 points (95% interval ")
    assert found[0][3].endswith("), which is right on 60.00%")
    assert found[1][3].startswith("not distinguishable from majority (+0.50 points, 95% interval −")
    assert summary["majority"] == {"class": "a", "accuracy": 0.6}


def test_of_classes_of_unequal_sizes_a_rung_that_tells_them_apart_is_not_at_chance(tmp_path):
    """Two classes, 95 to 5. With 85% of each class right, a rung knows both; what ignores the image knows neither."""
    labels = (np.arange(400) % 20 == 0).astype(np.int64)
    blind = np.random.default_rng(0).random(400) < 0.05
    rungs = {"blind": blind.astype(int), "pixel_l2": [340], "even": [382], "cnn": [396, 398]}
    found, summary = evaluated(tmp_path, rungs, labels, ["most", "few"], {"most": 190, "few": 10})
    assert [row[:3] for row in found] == [("blind", 0, "chance")]
    assert summary["majority"] == {"class": "most", "accuracy": 0.95}
    with open(tmp_path / "comparison.csv", newline="") as file:
        better = {row["rung"]: row["difference"] > "0" for row in csv.DictReader(file) if row["kind"] == "chance"}
    assert better == {"blind": False, "pixel_l2": False, "even": True, "cnn": True}


def test_of_equally_frequent_classes_the_first_is_the_majority_class(tmp_path):
    labels = np.repeat([0, 1], [10, 30])
    _, summary = evaluated(tmp_path, {"a": [40]}, labels, ["z", "b"], {"z": 4, "b": 4})
    assert summary["majority"] == {"class": "z", "accuracy": 0.25}


def test_the_majority_counts_as_a_rung_where_it_is_in_the_ladder(tmp_path):
    found, _ = evaluated(tmp_path, {"majority": None, "good": [280]})
    assert [row[:3] for row in found] == [("majority", 0, "one_class")]
    with open(tmp_path / "comparison.csv", newline="") as file:
        pairs = [(row["rung"], row["other"], row["kind"]) for row in csv.DictReader(file)]
    assert pairs == [("good", "majority", "adjacent"), ("majority", "good", "best"), ("good", "majority", "chance")]


def test_all_kinds_of_marks_of_one_study(tmp_path):
    files = {
        "histories": history(
            tmp_path, ("cnn", 0, 0, 0.3, 0.1), ("cnn", 0, 1, 2.0, 0.1), ("cnn", 1, 0, 0.3, 0.1), ("cnn", 1, 1, 0.1, 0.1)
        ),
        "failures": failures(tmp_path, ["pixel_l2", 2, "failed", "killed"]),
        "recipes": {name: PLAIN | {"loss": loss} for name, loss in LOSS.items()},
    }
    found, _ = evaluated(tmp_path, {"pixel_l2": [170, 171], "mlp": None, "cnn": [264, 263]}, **files)
    assert [row[:3] for row in found] == [
        ("pixel_l2", 0, "failed"),
        ("mlp", 1, "one_class"),
        ("mlp", 1, "chance"),
        ("cnn", 2, "loss_rose"),
    ]
    assert found[0][3] == "failed in 1 of 3 seeds: killed"
    with open(tmp_path / "comparison.csv", newline="") as file:
        assert {row["other"] for row in csv.DictReader(file) if row["kind"] == "best"} == {"cnn"}  # all are marked


def test_a_rung_that_is_marked_makes_no_image_hard_or_easy_but_the_majority_alone(tmp_path):
    evaluated(tmp_path, {"majority": None, "good": [299]})
    with open(tmp_path / "hard.csv", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["rungs"], row["every_run_wrong"]) == ("1", "True")


def test_a_ladder_of_the_majority_alone_has_tables(tmp_path):
    found, summary = evaluated(tmp_path, {"majority": None})
    assert [row[:3] for row in found] == [("majority", 0, "one_class")]
    assert (tmp_path / "comparison.csv").read_text().count("\n") == 1
    assert summary["rungs"]["majority"]["accuracy"]["mean"] == 0.1


def test_a_rung_without_a_trained_seed_is_in_no_table_but_that_of_marks(tmp_path):
    ended = failures(tmp_path, ["gone", 0, "diverged", "the loss is nan"], ["gone", 1, "diverged", "the loss is inf"])
    families = {"pixels": ["pixel_l2"], "linear": [], "hidden": ["gone"], "convolution": ["cnn"]}
    rungs = {"pixel_l2": [170], "gone": [], "cnn": [264]}
    found, summary = evaluated(tmp_path, rungs, failures=ended, families=families, alike=[["gone", "cnn"]])
    assert found == [("gone", 1, "diverged", "diverged in all 2 seeds: the loss is nan")]
    assert list(summary["rungs"]) == ["pixel_l2", "cnn"]
    with open(tmp_path / "comparison.csv", newline="") as file:
        pairs = [(row["rung"], row["other"], row["kind"]) for row in csv.DictReader(file)]
    assert pairs == [
        ("cnn", "pixel_l2", "adjacent"),
        ("pixel_l2", "cnn", "best"),
        ("cnn", "pixel_l2", "idea"),
        ("pixel_l2", "majority", "chance"),
        ("cnn", "majority", "chance"),
    ]
    for table in ("metrics", "summary", "confusion", "mistakes", "agreement", "validation"):
        assert "gone" not in (tmp_path / f"{table}.csv").read_text()


def test_settings_are_compared_by_rungs_without_a_mark_alone(tmp_path):
    """`line` and `other` are apart, and the one at chance says nothing of the setting in which they differ."""
    rungs, alike = {"line": [34], "other": [200], "cnn": [264]}, [["line", "other"], ["other", "cnn"]]
    evaluated(tmp_path, rungs, alike=alike)
    with open(tmp_path / "comparison.csv", newline="") as file:
        pairs = [(row["rung"], row["other"]) for row in csv.DictReader(file) if row["kind"] == "idea"]
    assert pairs == [("cnn", "other")]
