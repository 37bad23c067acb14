import json
import math

import numpy as np
import pytest

from ladder import metrics
from ladder.errors import LadderError
from ladder.evaluate import Request, evaluate
from ladder.evaluation import statistics
from ladder.evaluation.values import values_of as of_a_run
from ladder.formats import scores
from tests.evaluated import ALL, CLASSES, evaluate_four, summary_of, table, values_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return evaluate_four(tmp_path_factory.mktemp("evaluate"))


def test_the_metrics_of_a_seed(folder):
    assert values_of(folder, "net", "log_loss")[0] == pytest.approx(-np.log([0.8, 0.6, 0.7, 0.1]).mean())
    assert [values_of(folder, "net", "recall", label)[1] for label in CLASSES] == [0.5, 0.5]
    assert [values_of(folder, "net", "precision", label)[0] for label in CLASSES] == [pytest.approx(2 / 3), 1]
    assert values_of(folder, "line", "accuracy") == {0: 0.75}


def test_a_rung_without_probabilities_has_no_metric_that_needs_them(folder):
    needing = {"log_loss", "calibration_error"}
    assert {row["metric"] for row in table(folder, "metrics") if row["variant"] == "line"} == set(ALL) - needing


def test_a_class_never_predicted_has_no_precision_in_that_seed(folder):
    assert values_of(folder, "net", "precision", "7") == {0: 1, 1: 0.5, 2: None}
    row = summary_of(folder, "net", "precision", "7")
    assert (row["n"], float(row["mean"])) == ("2", pytest.approx((1 + 0.5) / 2))


@pytest.fixture
def evaluated(tmp_path):
    """`evaluated(seeds, classes="ab", labels=(0, 1))`: the folder of tables of a rung `a`, by scores of each seed."""

    def evaluated(seeds, classes="ab", labels=(0, 1), metrics=ALL):
        index = "".join(f"valid,{number},v/{number},{classes[label]}\n" for number, label in enumerate(labels))
        (tmp_path / "index.csv").write_text(f"split,position,path,class\n{index}")
        scores.write(tmp_path / "a", list(classes), np.array(labels), dict(enumerate(map(np.array, seeds))), True)
        evaluate({"a": [f"{tmp_path}/a"]}, f"{tmp_path}/index.csv", Request(metrics), str(tmp_path / "out"), {})
        return tmp_path / "out"

    return evaluated


ONLY_A, BOTH, SWAPPED = np.eye(2)[[0, 0]], np.eye(2), np.eye(2)[[1, 0]]


def test_a_figure_of_0_counts_in_the_mean(evaluated):
    folder = evaluated([BOTH, SWAPPED, SWAPPED])
    for metric, label in (("accuracy", ""), ("precision", "a"), ("recall", "b")):
        assert values_of(folder, "a", metric, label) == {0: 1, 1: 0, 2: 0}
        row = summary_of(folder, "a", metric, label)
        assert (row["n"], float(row["mean"])) == ("3", pytest.approx(1 / 3))
        kind = "per_class" if label else "rungs"
        summary = json.loads((folder / "summary.json").read_text())[kind]["a"][metric]
        assert (summary[label] if label else summary)["mean"] == pytest.approx(1 / 3)


def test_what_is_not_defined_in_any_seed_has_no_summary(evaluated):
    folder = evaluated([ONLY_A, ONLY_A])
    assert values_of(folder, "a", "precision", "b") == {0: None, 1: None}
    assert summary_of(folder, "a", "precision", "b") is None
    assert summary_of(folder, "a", "precision", "a")["n"] == "2"
    assert list(json.loads((folder / "summary.json").read_text())["per_class"]["a"]["precision"]) == ["a"]


def test_the_summary_is_the_spread_over_seeds(folder):
    row = summary_of(folder, "net", "accuracy")
    std, half = math.sqrt(1 / 48), 4.302652729911275 * math.sqrt(1 / 48 / 3)  # t(0.975, 2)
    numbers = {key: float(row[key]) for key in ("mean", "std", "low", "high", "n")}
    mean = 1.75 / 3
    assert numbers == pytest.approx({"mean": mean, "std": std, "low": mean - half, "high": mean + half, "n": 3})


def test_one_seed_has_no_spread(folder):
    row = summary_of(folder, "line", "accuracy")
    assert {key: row[key] for key in ("mean", "std", "low", "high", "n")} == {
        "mean": "0.75",
        "std": "",
        "low": "",
        "high": "",
        "n": "1",
    }


def test_intervals_of_shares_are_cut_and_those_of_a_loss_are_not(folder):
    recall, loss = summary_of(folder, "net", "recall", "3"), summary_of(folder, "net", "log_loss")
    free = statistics.spread(list(values_of(folder, "net", "recall", "3").values()))
    assert free.high > 1
    assert (float(recall["low"]), float(recall["high"])) == (free.low, 1.0)
    told = json.loads((folder / "summary.json").read_text())["per_class"]["net"]
    assert told["recall"]["3"]["high"] == 1.0
    free = statistics.spread(list(values_of(folder, "net", "log_loss").values()))
    assert (float(loss["low"]), float(loss["high"])) == (free.low, free.high)
    for row in table(folder, "summary"):
        if row["metric"] != "log_loss" and row["low"]:
            assert 0 <= float(row["low"]) <= float(row["mean"]) <= float(row["high"]) <= 1


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        (1, [("", 1.0)]),
        (np.float32(0.5), [("", 0.5)]),
        (np.array([1, 2]), [("3", 1.0), ("7", 2.0)]),
    ],
)
def test_a_metric_is_one_number_or_one_a_class(monkeypatch, value, rows):
    monkeypatch.setattr(metrics, "accuracy", lambda _: value)
    numbers = list(of_a_run(None, CLASSES, ["accuracy"], True))
    assert numbers == [(("accuracy", label), number) for label, number in rows]
    assert {type(number) for _, number in numbers} == {float}


@pytest.mark.parametrize("value", [None, "high", [0.5, 0.5], np.zeros(3), np.zeros((2, 2)), {"3": 1.0}])
def test_a_metric_of_another_kind_is_one_sentence(monkeypatch, value):
    monkeypatch.setattr(metrics, "accuracy", lambda _: value)
    with pytest.raises(LadderError) as caught:
        list(of_a_run(None, CLASSES, ["accuracy"], True))
    assert str(caught.value) == (
        f"metrics.py: accuracy returned {value!r}; it must be one number, or an array of 2, one per class"
    )
