"""The table of marks, from real scores."""

import csv
import json

import numpy as np

from ladder.evaluate import Request, evaluate
from ladder.evaluation import ideas
from ladder.formats import scores
from tests.evaluation.trainings import failures, history

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
PLAIN = {"sampling": "as_is", "class_weights": "none"}
LOSS = {"line": "mnist_loss", "mlp": "mnist_loss", "resnet18": "cross_entropy", "cnn": "cross_entropy"}


def evaluated(folder, rungs, labels=LABELS, classes=CLASSES, train=None, histories=(), failures=(), **asked):
    """Tables of rungs, given by right images a seed (None: two seeds that predict one class), or by predictions."""
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
    files, asked = {rung: [str(folder / rung)] for rung in rungs}, Request(["accuracy"], **asked, chance="majority")
    evaluate(files, str(folder / "index.csv"), asked, str(folder), {}, histories, failures)
    with open(folder / "marks.csv", newline="", encoding="utf-8") as file:
        rows = [(row["variant"], int(row["place"]), row["mark"], row["why"]) for row in csv.DictReader(file)]
    return rows, json.loads((folder / "summary.json").read_text())


def test_the_silhouettes_have_their_rungs_at_chance_marked(tmp_path):
    variants = {name: {"model": "linear" if name == "line" else name} for name in LOSS}
    rows, summary = evaluated(tmp_path, SILHOUETTES, members=ideas.members(list(SILHOUETTES), variants))
    assert [row[:3] for row in rows] == [
        ("line", 2, "chance"),
        ("mlp", 3, "one_class"),
        ("mlp", 3, "chance"),
    ]
    why = {row[:1] + row[2:3]: row[3] for row in rows}
    assert why["mlp", "one_class"] == "gives every image the same class in all 2 seeds"
    assert why["mlp", "chance"] == (
        "not distinguishable from majority (0.00 points, 95% interval 0.00 to 0.00), which is right on 10.00%"
    )
    assert summary["majority"] == {"class": "0", "accuracy": 0.1}
    assert [(row["variant"], row["mark"]) for row in summary["marks"]] == [(row[0], row[2]) for row in rows]
    with open(tmp_path / "comparison.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    tried = [
        (row["rung"], row["other"], round(100 * float(row["difference"]), 2)) for row in rows if row["kind"] == "idea"
    ]
    assert tried == [("pixel_l2", "pixel_l1", 1.0), ("cnn", "pixel_l2", 31.17)]


def test_what_is_worse_than_the_majority_is_marked_too(tmp_path):
    """Three of five images of one class: a rung that is right on half of the images is worse than the majority."""
    labels = np.arange(400) % 5 // 3
    rows, summary = evaluated(
        tmp_path, {"low": [200], "even": [242], "cnn": [396]}, labels, ["a", "b"], {"a": 3, "b": 2}
    )
    assert [row[:3] for row in rows] == [("low", 0, "chance"), ("even", 1, "chance")]
    assert rows[0][3].startswith("worse than majority by 10.00 points (95% interval ")
    assert rows[0][3].endswith("), which is right on 60.00%")
    assert rows[1][3].startswith("not distinguishable from majority (+0.50 points, 95% interval −")
    assert summary["majority"] == {"class": "a", "accuracy": 0.6}


def test_of_classes_of_unequal_sizes_a_rung_that_tells_them_apart_is_not_at_chance(tmp_path):
    """Two classes, 95 to 5. A rung with 85% of each right knows both; a rung that ignores the image knows neither."""
    labels = (np.arange(400) % 20 == 0).astype(np.int64)
    blind = np.random.default_rng(0).random(400) < 0.05
    rungs = {"blind": blind.astype(int), "pixel_l2": [340], "even": [382], "cnn": [396, 398]}
    rows, summary = evaluated(tmp_path, rungs, labels, ["most", "few"], {"most": 190, "few": 10})
    assert [row[:3] for row in rows] == [("blind", 0, "chance")]
    assert summary["majority"] == {"class": "most", "accuracy": 0.95}
    with open(tmp_path / "comparison.csv", newline="") as file:
        better = {row["rung"]: row["difference"] > "0" for row in csv.DictReader(file) if row["kind"] == "chance"}
    assert better == {"blind": False, "pixel_l2": False, "even": True, "cnn": True}


def test_of_equally_frequent_classes_the_first_is_the_majority_class(tmp_path):
    labels = np.repeat([0, 1], [10, 30])
    _, summary = evaluated(tmp_path, {"a": [40]}, labels, ["z", "b"], {"z": 4, "b": 4})
    assert summary["majority"] == {"class": "z", "accuracy": 0.25}


def test_the_majority_counts_as_a_rung_where_it_is_in_the_ladder(tmp_path):
    rows, _ = evaluated(tmp_path, {"majority": None, "good": [280]})
    assert [row[:3] for row in rows] == [("majority", 0, "one_class")]
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
    rows, _ = evaluated(tmp_path, {"pixel_l2": [170, 171], "mlp": None, "cnn": [264, 263]}, **files)
    assert [row[:3] for row in rows] == [
        ("pixel_l2", 0, "failed"),
        ("mlp", 1, "one_class"),
        ("mlp", 1, "chance"),
        ("cnn", 2, "loss_rose"),
    ]
    assert rows[0][3] == "failed in 1 of 3 seeds: killed"
    with open(tmp_path / "comparison.csv", newline="") as file:
        assert {row["other"] for row in csv.DictReader(file) if row["kind"] == "best"} == {"cnn"}  # all are marked


def test_a_rung_that_is_marked_makes_no_image_hard_or_easy_but_the_majority_alone(tmp_path):
    evaluated(tmp_path, {"majority": None, "good": [299]})
    with open(tmp_path / "hard.csv", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["rungs"], row["every_run_wrong"]) == ("1", "True")


def test_a_ladder_of_the_majority_alone_has_tables(tmp_path):
    rows, summary = evaluated(tmp_path, {"majority": None})
    assert [row[:3] for row in rows] == [("majority", 0, "one_class")]
    assert (tmp_path / "comparison.csv").read_text().count("\n") == 1
    assert summary["rungs"]["majority"]["accuracy"]["mean"] == 0.1


def test_a_rung_without_a_trained_seed_is_in_no_table_but_that_of_marks(tmp_path):
    ended = failures(tmp_path, ["gone", 0, "diverged", "the loss is nan"], ["gone", 1, "diverged", "the loss is inf"])
    members = {"distance": ["pixel_l2"], "hidden": ["gone"], "convolution": ["cnn"]}
    rungs = {"pixel_l2": [170], "gone": [], "cnn": [264]}
    rows, summary = evaluated(tmp_path, rungs, failures=ended, members=members, alike=[["gone", "cnn"]])
    assert rows == [("gone", 1, "diverged", "diverged in all 2 seeds: the loss is nan")]
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
    """`line` and `other` differ in one setting, and a rung at chance says nothing about this setting."""
    rungs, alike = {"line": [34], "other": [200], "cnn": [264]}, [["line", "other"], ["other", "cnn"]]
    evaluated(tmp_path, rungs, alike=alike)
    with open(tmp_path / "comparison.csv", newline="") as file:
        pairs = [(row["rung"], row["other"]) for row in csv.DictReader(file) if row["kind"] == "idea"]
    assert pairs == [("cnn", "other")]
