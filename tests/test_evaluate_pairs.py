"""The rungs that are compared, and the rungs that are marked."""

import json

import numpy as np
import pytest

from ladder.evaluate import Request, chapter_pairs, evaluate
from ladder.formats import scores
from tests.evaluated import CLASSES, table, two_columns


@pytest.fixture
def uneven(tmp_path):
    """`uneven(names, **arguments)`: tables of rungs on 200 images; 150 are of the most frequent class.

    3 of 4 training images are of the class `3`.
    """
    labels = np.arange(200) % 4 // 3  # 0, 0, 0, 1, 0, ...
    rows = ["split,position,path,class"] + [f"train,{n},train/{n}.png,{'3337'[n]}" for n in range(4)]
    rows += [f"valid,{n},valid/{n}.png,{CLASSES[label]}" for n, label in enumerate(labels)]
    (tmp_path / "index.csv").write_text("\n".join(rows) + "\n")
    right = np.where(labels == 0, 0.9, 0.1)
    first = {
        "majority": np.full(200, 0.75),
        "pixel_l1": np.where(np.arange(200) < 100, 1 - right, right),
        "pixel_l2": np.where(np.arange(200) < 20, 1 - right, right),
        "line": np.where(np.arange(200) < 5, 1 - right, right),
        "net": right,
    }
    for name, scored in first.items():
        scores.write(tmp_path / name, CLASSES, labels, {0: two_columns(scored)}, True)

    def uneven(*names, histories=(), failures=(), **asked):
        rungs = {name: [str(tmp_path / name)] for name in names}
        folder = tmp_path / f"out{len(list(tmp_path.iterdir()))}"
        asked = Request(["accuracy"], **{"chance": "majority"} | asked)
        evaluate(rungs, f"{tmp_path}/index.csv", asked, str(folder), {}, histories, failures)
        return folder

    uneven.folder = tmp_path
    return uneven


def marks_of(folder):
    return {(row["variant"], row["mark"]): row["why"] for row in table(folder, "marks")}


def pairs_of(folder, kind):
    return [(row["rung"], row["other"]) for row in table(folder, "comparison") if row["kind"] == kind]


@pytest.mark.parametrize("ladder", [("line", "net"), ("majority", "line", "net")])
def test_every_rung_is_held_against_the_majority_in_the_ladder_or_not(uneven, ladder):
    folder = uneven(*ladder)
    rows = {row["rung"]: row for row in table(folder, "comparison") if row["kind"] == "chance"}
    assert {rung: float(row["difference"]) for rung, row in rows.items()} == {
        "line": pytest.approx(195 / 200 - 0.75),
        "net": pytest.approx(0.25),
    }
    told = json.loads((folder / "summary.json").read_text())
    assert told["majority"] == {"class": "3", "accuracy": 0.75}


def test_marks_come_from_failures_histories_and_predictions(uneven):
    place, plain = uneven.folder, {"loss": "mnist_loss", "sampling": "as_is", "class_weights": "none"}
    (place / "failures.csv").write_text("variant,seed,kind,why\nnet,1,failed,it rained\n")
    epochs = "variant,seed,epoch,train_loss,valid_loss\n"
    (place / "history.csv").write_text(f"{epochs}net,0,1,0.5,0.5\nnet,0,2,0.6,0.5\nnet,1,1,0.5,0.5\n")
    # The loss of predicting 3 of 4: 0.375 in mnist_loss, for both splits. The study names another loss.
    (place / "line.csv").write_text(f"{epochs}line,0,1,0.2,0.5\n")
    (place / "low.csv").write_text(f"{epochs}pixel_l2,0,1,0.2,0.3\n")
    folder = uneven(
        *("pixel_l2", "majority", "line", "net"),
        histories=[str(place / name) for name in ("history.csv", "line.csv", "low.csv")],
        failures=[str(place / "failures.csv")],
        recipes={"line": plain, "pixel_l2": plain},
    )
    reasons = marks_of(folder)
    assert reasons.keys() == {("majority", "one_class"), ("line", "loss_rose"), ("net", "failed"), ("net", "loss_rose")}
    assert reasons["net", "failed"] == "failed in 1 of 2 seeds: it rained"
    assert reasons["majority", "one_class"] == "gives every image the same class"
    assert reasons["net", "loss_rose"].startswith("its loss ends above its start: in training from 0.5 ")
    assert (
        "after the one epoch 0.5 in validation, where predicting the classes' shares gives 0.375"
        in reasons["line", "loss_rose"]
    )


def test_a_rung_at_chance_is_marked_by_the_table(uneven):
    reasons = marks_of(uneven("pixel_l1", "net"))
    assert reasons.keys() == {("pixel_l1", "chance")}
    assert reasons["pixel_l1", "chance"].endswith("which is right on 75.00%")


def test_the_pairs_of_the_chapter_are_compared(uneven):
    members = {"similarity": ["pixel_l1"], "distance": ["pixel_l2"], "learning": ["line"], "hidden": ["net"]}
    folder = uneven("pixel_l1", "pixel_l2", "line", "net", members=members, alike=[["line", "net"]])
    # pixel_l1 is at chance, and so shows nothing about an idea.
    assert sorted(pairs_of(folder, "idea")) == [("line", "pixel_l2"), ("net", "line")]
    assert pairs_of(uneven("pixel_l2", "line", "net"), "idea") == []
    alike = uneven("pixel_l2", "line", "net", alike=[["pixel_l2", "net"]])
    assert pairs_of(alike, "idea") == [("net", "pixel_l2")]


MEMBERS = {"similarity": ["pixel_l1"], "distance": ["pixel_l2"], "learning": ["a", "b"], "hidden": []}
ACCURACY = {"pixel_l1": 0.5, "pixel_l2": 0.6, "a": 0.7, "b": 0.8}


@pytest.mark.parametrize(
    ("members", "accuracy", "marked", "pairs"),
    [
        (MEMBERS, ACCURACY, set(), [("pixel_l2", "pixel_l1"), ("b", "pixel_l2"), ("b", "a")]),
        (MEMBERS, ACCURACY, {"b"}, [("pixel_l2", "pixel_l1"), ("a", "pixel_l2")]),
        (MEMBERS, ACCURACY, {"a", "b"}, [("pixel_l2", "pixel_l1")]),
        (MEMBERS, ACCURACY, {"pixel_l1", "pixel_l2"}, [("b", "a")]),
        ({}, {"a": 0.7, "b": 0.8}, set(), [("b", "a")]),
        ({}, {"a": 0.7}, set(), []),
    ],
)
def test_pairs_of_the_chapter_are_of_unmarked_rungs(members, accuracy, marked, pairs):
    assert chapter_pairs(members, [["a", "b"]], list(ACCURACY), accuracy, marked) == pairs


def test_the_rules_of_the_study_decide(uneven):
    def row(**rules):
        folder = uneven("line", "net", rules=rules, chance=None)
        return next(row for row in table(folder, "comparison") if row["kind"] == "adjacent")

    # Five images of 200, all in favour of the net: the exact test has the p 2/32, the two-way test a smaller one.
    usual = row()
    assert (usual["p_holm"], usual["distinguishable"], usual["margin"]) == ("0.0625", "False", "0.0025")
    assert float(usual["two_way_p"]) < 0.05
    assert row(tests=["two_way"])["distinguishable"] == "True"
    assert row(tests=["sign_flip"])["distinguishable"] == "False"
    assert row(alpha=0.1)["distinguishable"] == "True"
    assert (row(margin=0.2)["equivalent"], row(margin=0.2)["margin"]) == ("True", "0.2")


def test_a_rung_with_a_recipe_is_trained(uneven):
    plain = {"loss": "cross_entropy", "sampling": "as_is", "class_weights": "none"}
    rows = table(uneven("pixel_l2", "line", "net", recipes={"net": plain}), "comparison")
    assert {(row["rung"], row["other"]) for row in rows if row["one_seed"] == "True"} == {
        *(("net", "line"), ("pixel_l2", "net"), ("line", "net"), ("net", "majority")),
    }


@pytest.mark.parametrize("twins", [[], [["line", "net"]]])
def test_runs_of_twins_are_compared_seed_by_seed(uneven, twins):
    labels, numbers = np.arange(200) % 4 // 3, np.arange(200)
    for name, wrong in (("line", (60, 40, 20)), ("net", (58, 38, 18))):
        right = {seed: np.where((numbers < count) == (labels == 0), 0.1, 0.9) for seed, count in enumerate(wrong)}
        scores.write(uneven.folder / name, CLASSES, labels, {s: two_columns(x) for s, x in right.items()}, True)
    recipes = {key: {"loss": "mse", "sampling": "as_is", "class_weights": "none"} for key in ("line", "net")}
    folder = uneven("line", "net", recipes=recipes, rules={"twins": twins}, chance=None)
    row = table(folder, "comparison")[0]
    # Each seed of the net is right on two images more than the same seed of the line: so the pairs do not vary.
    assert float(row["difference"]) == pytest.approx(0.01)
    assert float(row["seed_variance"]) == pytest.approx(0 if twins else 2 * 0.1**2 / 3, abs=1e-15)
    assert float(row["outperforms"]) == pytest.approx(1 if twins else 6 / 9)
