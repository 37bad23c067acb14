"""Scores of a net of three seeds in two blocks and of a line of one seed, and readers of evaluate's tables."""

import csv

import numpy as np

from ladder.evaluate import Request, evaluate
from ladder.formats import scores

CLASSES = ["3", "7"]
LABELS = np.array([0, 0, 1, 1])
ALL = ["accuracy", "balanced_accuracy", "roc_auc", "log_loss", "calibration_error", "precision", "recall", "f1"]
# The line is a baseline; other seeds of the others would give other results.
TRAINED = {key: {"loss": "cross_entropy", "sampling": "as_is", "class_weights": "none"} for key in ("net", "some")}
ASKED = Request(ALL, recipes=TRAINED, chance="majority")
# First class's probability for each image: seed 0 gets image 3 wrong, seed 1 images 0 and 3, seed 2 predicts 3 only.
NET = {0: [0.8, 0.6, 0.3, 0.9], 1: [0.4, 0.6, 0.1, 0.7], 2: [0.9, 0.9, 0.6, 0.6]}
LINE = {0: [-0.25, 3.0, 0.25, 0.125]}  # no probabilities: the second class has 1 minus these scores


def two_columns(first):
    return np.stack([np.array(first), 1 - np.array(first)], axis=1)


def table(folder, name):
    with open(folder / f"{name}.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def values_of(folder, variant, metric, label=""):
    """Seed to value, None for an empty field."""
    key = (variant, metric, label)
    rows = [row for row in table(folder, "metrics") if (row["variant"], row["metric"], row["class"]) == key]
    return {int(row["seed"]): float(row["value"]) if row["value"] else None for row in rows}


def summary_of(folder, variant, metric, label=""):
    key = (variant, metric, label)
    rows = [row for row in table(folder, "summary") if (row["variant"], row["metric"], row["class"]) == key]
    return rows[0] if rows else None


def evaluate_four(folder):
    """Write scores of four images into `folder`, and return the folder of their tables below it."""
    # Images of both splits have the same numbers, before and after each other.
    rows = ["split,position,path,class", "train,0,train/3/9.png,3", "train,1,train/7/9.png,7"]
    rows += [f"valid,{number},valid/{'3377'[number]}/{number}.png,{'3377'[number]}" for number in range(4)]
    rows += ["train,2,train/3/8.png,3", "train,3,train/7/8.png,7"]
    (folder / "index.csv").write_text("\n".join(rows) + "\n")
    blocks = {"late": [2], "early": [0, 1]}
    for name, seeds in blocks.items():
        scores.write(folder / name, CLASSES, LABELS, {seed: two_columns(NET[seed]) for seed in seeds}, True)
    scores.write(folder / "line", CLASSES, LABELS, {0: two_columns(LINE[0])}, False)
    rungs = {"line": [f"{folder}/line"], "net": [f"{folder}/late", f"{folder}/early"]}
    evaluate(rungs, f"{folder}/index.csv", ASKED, str(folder / "out"), {"dataset": "four"})
    return folder / "out"
