import csv
import json
import locale
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ladder import metrics
from ladder.errors import LadderError
from ladder.evaluate import COLUMNS, DENSE, add_paths, chapter_pairs, evaluate, shares_of
from ladder.evaluate import values_of as of_a_run
from ladder.evaluation import statistics
from ladder.formats import scores

CLASSES = ["3", "7"]
LABELS = np.array([0, 0, 1, 1])
ALL = ["accuracy", "balanced_accuracy", "roc_auc", "log_loss", "calibration_error", "precision", "recall", "f1"]
# First class's probability for each image: seed 0 gets image 3 wrong, seed 1 images 0 and 3, seed 2 predicts 3 only.
NET = {0: [0.8, 0.6, 0.3, 0.9], 1: [0.4, 0.6, 0.1, 0.7], 2: [0.9, 0.9, 0.6, 0.6]}
LINE = {0: [-0.25, 3.0, 0.25, 0.125]}  # no probabilities: the other class has 1 minus these


def two_columns(first):
    return np.stack([np.array(first), 1 - np.array(first)], axis=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Tables of a net of three seeds in two blocks, and of a line of one seed."""
    folder = tmp_path_factory.mktemp("evaluate")
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
    evaluate(rungs, f"{folder}/index.csv", ALL, str(folder / "out"), {"dataset": "four"})
    return folder / "out"


def table(folder, name):
    with open(folder / f"{name}.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def values_of(folder, variant, metric, of=""):
    """Seed to value, None for an empty field."""
    key = (variant, metric, of)
    rows = [row for row in table(folder, "metrics") if (row["variant"], row["metric"], row["class"]) == key]
    return {int(row["seed"]): float(row["value"]) if row["value"] else None for row in rows}


def summary_of(folder, variant, metric, of=""):
    key = (variant, metric, of)
    rows = [row for row in table(folder, "summary") if (row["variant"], row["metric"], row["class"]) == key]
    return rows[0] if rows else None


def test_the_blocks_of_a_rung_become_its_seeds_in_order(folder):
    assert values_of(folder, "net", "accuracy") == {0: 0.75, 1: 0.5, 2: 0.5}
    assert list(values_of(folder, "net", "accuracy")) == [0, 1, 2]


def test_the_metrics_of_a_seed(folder):
    assert values_of(folder, "net", "log_loss")[0] == pytest.approx(-np.log([0.8, 0.6, 0.7, 0.1]).mean())
    assert [values_of(folder, "net", "recall", of)[1] for of in CLASSES] == [0.5, 0.5]
    assert [values_of(folder, "net", "precision", of)[0] for of in CLASSES] == [pytest.approx(2 / 3), 1]
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
        evaluate({"a": [f"{tmp_path}/a"]}, f"{tmp_path}/index.csv", metrics, str(tmp_path / "out"), {})
        return tmp_path / "out"

    return evaluated


ONLY_A, BOTH, SWAPPED = np.eye(2)[[0, 0]], np.eye(2), np.eye(2)[[1, 0]]


def test_a_figure_of_0_counts_in_the_mean(evaluated):
    folder = evaluated([BOTH, SWAPPED, SWAPPED])
    for metric, of in (("accuracy", ""), ("precision", "a"), ("recall", "b")):
        assert values_of(folder, "a", metric, of) == {0: 1, 1: 0, 2: 0}
        row = summary_of(folder, "a", metric, of)
        assert (row["n"], float(row["mean"])) == ("3", pytest.approx(1 / 3))
        kind = "per_class" if of else "rungs"
        found = json.loads((folder / "summary.json").read_text())[kind]["a"][metric]
        assert (found[of] if of else found)["mean"] == pytest.approx(1 / 3)


def test_what_is_not_defined_in_any_seed_has_no_summary(evaluated):
    folder = evaluated([ONLY_A, ONLY_A])
    assert values_of(folder, "a", "precision", "b") == {0: None, 1: None}
    assert summary_of(folder, "a", "precision", "b") is None
    assert summary_of(folder, "a", "precision", "a")["n"] == "2"
    assert list(json.loads((folder / "summary.json").read_text())["per_class"]["a"]["precision"]) == ["a"]


def test_the_summary_is_the_spread_over_seeds(folder):
    row = summary_of(folder, "net", "accuracy")
    std, half = math.sqrt(1 / 48), 4.302652729911275 * math.sqrt(1 / 48 / 3)  # t(0.975, 2)
    found = {key: float(row[key]) for key in ("mean", "std", "low", "high", "n")}
    mean = 1.75 / 3
    assert found == pytest.approx({"mean": mean, "std": std, "low": mean - half, "high": mean + half, "n": 3})


def test_one_seed_has_no_spread(folder):
    row = summary_of(folder, "line", "accuracy")
    assert {key: row[key] for key in ("mean", "std", "low", "high", "n")} == {
        "mean": "0.75",
        "std": "",
        "low": "",
        "high": "",
        "n": "1",
    }


def test_the_confusions_of_a_seed_with_their_zeros(folder):
    rows = [row for row in table(folder, "confusion") if (row["variant"], row["seed"]) == ("net", "2")]
    assert [(row["class"], row["predicted"], row["images"]) for row in rows] == [
        ("3", "3", "2"),
        ("3", "7", "0"),
        ("7", "3", "2"),
        ("7", "7", "0"),
    ]
    assert len(table(folder, "confusion")) == 4 * 4


def test_mistakes_are_ranked_by_their_mean_loss_over_seeds(folder):
    rows = [row for row in table(folder, "mistakes") if row["variant"] == "net"]
    assert [(row["rank"], row["image"], row["wrong"], row["seeds"]) for row in rows] == [
        ("1", "3", "3", "3"),
        ("2", "2", "1", "3"),
        ("3", "0", "1", "3"),
    ]
    assert rows[0] | {"score": None, "predicted_score": None, "loss": None} == {
        **{"variant": "net", "rank": "1", "image": "3", "path": "valid/7/3.png", "class": "7", "predicted": "3"},
        **{"score": None, "predicted_score": None, "loss": None, "wrong": "3", "seeds": "3"},
    }
    assert float(rows[0]["loss"]) == pytest.approx(-np.log([0.1, 0.3, 0.4]).mean())
    assert float(rows[0]["score"]) == pytest.approx((0.1 + 0.3 + 0.4) / 3)
    assert float(rows[0]["predicted_score"]) == pytest.approx((0.9 + 0.7 + 0.6) / 3)


def test_a_path_is_as_the_index_has_it_whatever_the_locale(tmp_path):
    path = "valid/é/a\r\nb, c.png"
    (tmp_path / "index.csv").write_bytes(f'split,position,path,class\r\nvalid,0,"{path}",é\r\n'.encode())
    before, rows = locale.setlocale(locale.LC_CTYPE), [{"image": 0}]
    try:
        locale.setlocale(locale.LC_CTYPE, "C")
        add_paths(rows, f"{tmp_path}/index.csv")
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    assert rows == [{"image": 0, "path": path}]


def test_the_loss_of_a_mistake_without_probabilities_is_what_it_is_behind(folder):
    rows = [row for row in table(folder, "mistakes") if row["variant"] == "line"]
    assert [(row["image"], row["class"], row["predicted"], row["loss"]) for row in rows] == [("0", "3", "7", "1.5")]


def test_no_more_than_twenty_mistakes_are_kept(tmp_path):
    labels, first = np.zeros(50, np.int64), np.linspace(0.01, 0.45, 50)
    (tmp_path / "index.csv").write_text(
        "split,position,path,class\n" + "".join(f"valid,{n},v/{n},a\n" for n in range(50))
    )
    scores.write(tmp_path / "a", ["a", "b"], labels, {0: two_columns(first)}, True)
    evaluate({"a": [f"{tmp_path}/a"]}, f"{tmp_path}/index.csv", ["accuracy"], str(tmp_path), {})
    assert [int(row["image"]) for row in table(tmp_path, "mistakes")] == list(range(20))


def test_no_mistake_makes_a_table_of_no_rows(tmp_path):
    (tmp_path / "index.csv").write_text("split,position,path,class\nvalid,0,v/0,a\nvalid,1,v/1,b\n")
    scores.write(tmp_path / "a", ["a", "b"], np.array([0, 1]), {0: np.eye(2)}, True)
    evaluate({"a": [f"{tmp_path}/a"]}, f"{tmp_path}/index.csv", ["accuracy"], str(tmp_path), {})
    assert (tmp_path / "mistakes.csv").read_text() == ",".join(COLUMNS["mistakes"]) + "\n"
    assert pq.read_table(tmp_path / "mistakes.parquet").num_rows == 0


def test_the_validation_table_has_the_accuracy_and_interval_of_the_summary(folder):
    for row in table(folder, "validation"):
        of_summary = summary_of(folder, row["variant"], "accuracy")
        assert [row[key] for key in ("accuracy", "seeds", "seeds_low", "seeds_high")] == [
            of_summary[key] for key in ("mean", "n", "low", "high")
        ]
        assert row["images"] == "4"
    # Wilson's interval of 3 of 4 images.
    line = next(row for row in table(folder, "validation") if row["variant"] == "line")
    assert (float(line["wilson_low"]), float(line["wilson_high"])) == pytest.approx((0.3006, 0.9544), abs=5e-5)
    assert (line["bootstrap_low"], line["bootstrap_high"]) == ("0.25", "1.0")


def test_a_comparison_of_seeds_with_one_run(folder):
    adjacent, best, *chance = table(folder, "comparison")
    assert [(row["rung"], row["other"], row["kind"]) for row in chance] == [
        ("line", "majority", "chance"),
        ("net", "majority", "chance"),
    ]
    assert [adjacent[key] for key in ("rung", "other", "kind")] == ["net", "line", "adjacent"]
    assert [best[key] for key in ("rung", "other", "kind")] == ["net", "line", "best"]
    # Of the net's seeds 2/3, 3/3, 2/3 and 0/3 are right, the line on all but image 0.
    assert float(adjacent["difference"]) == pytest.approx((2 / 3 + 0 - 1 / 3 - 1) / 4)
    # By majority the net is right on image 0, where the line is wrong, and wrong on 3, where the line is right.
    assert (adjacent["rung_only"], adjacent["other_only"], adjacent["cohens_g"]) == ("1", "1", "0.0")
    assert (adjacent["mcnemar_p"], adjacent["mcnemar_holm"]) == ("1.0", "1.0")
    # Sums of +-2 +-1 +-3 thirds as far from 0 as 2 thirds: six of eight; of three pairs in all.
    assert (adjacent["permutation_p"], adjacent["permutation_holm"]) == ("0.75", "1.0")
    assert adjacent["distinguishable"] == "False"
    assert {key: best[key] for key in best if key != "kind"} == {
        key: adjacent[key] for key in adjacent if key != "kind"
    }


def test_calibration_is_of_rungs_with_probabilities_alone(folder):
    assert [row["variant"] for row in table(folder, "calibration")] == ["net"] * 15


def test_the_json_nests_the_summary(folder):
    found = json.loads((folder / "summary.json").read_text())
    assert list(found) == ["dataset", "images", "majority", "unequal_classes", "marks", "rungs", "per_class"]
    assert (found["dataset"], found["images"]) == ("four", 4)
    assert found["majority"] == {"class": "3", "accuracy": 0.5}
    assert found["unequal_classes"] is False
    assert list(found["rungs"]) == list(found["per_class"]) == ["line", "net"]
    assert found["rungs"]["line"]["accuracy"] == {"mean": 0.75, "std": None, "low": None, "high": None, "n": 1}
    assert found["per_class"]["line"]["recall"]["7"] == {"mean": 1.0, "std": None, "low": None, "high": None, "n": 1}
    assert found["per_class"]["net"]["precision"]["7"]["n"] == 2
    assert [*found["rungs"]["net"], *found["per_class"]["net"]] == ALL


def test_of_many_classes_only_pairs_that_some_seed_has_are_listed(tmp_path):
    classes = [f"c{number:02}" for number in range(DENSE + 1)]
    labels = np.array([0, 0, 1, 2])
    first, second = np.zeros((4, len(classes))), np.zeros((4, len(classes)))
    first[range(4), [0, 5, 1, 2]] = 1
    second[range(4), [0, 0, 30, 2]] = 1
    (tmp_path / "index.csv").write_text(
        "split,position,path,class\n" + "".join(f"valid,{n},v/{n},a\n" for n in range(4))
    )
    scores.write(tmp_path / "a", classes, labels, {0: first, 1: second}, True)
    evaluate({"a": [f"{tmp_path}/a"]}, f"{tmp_path}/index.csv", ["accuracy"], str(tmp_path), {})
    pairs = [("c00", "c00"), ("c00", "c05"), ("c01", "c01"), ("c01", "c30"), ("c02", "c02")]
    assert [(row["seed"], row["class"], row["predicted"], row["images"]) for row in table(tmp_path, "confusion")] == [
        (seed, *pair, count) for seed, counts in (("0", "11101"), ("1", "20011")) for pair, count in zip(pairs, counts)
    ]


def test_of_few_classes_every_pair_is_listed(tmp_path):
    classes = [f"c{number:02}" for number in range(DENSE)]
    (tmp_path / "index.csv").write_text("split,position,path,class\nvalid,0,v/0,c00\n")
    scores.write(tmp_path / "a", classes, np.array([0]), {0: np.eye(1, DENSE)}, True)
    evaluate({"a": [f"{tmp_path}/a"]}, f"{tmp_path}/index.csv", ["accuracy"], str(tmp_path), {})
    assert sum(int(row["images"]) for row in table(tmp_path, "confusion")) == 1
    assert len(table(tmp_path, "confusion")) == DENSE**2


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_csv_and_parquet_agree(folder, name):
    def text(value):
        return "" if value is None else str(value)

    of_parquet = pq.read_table(folder / f"{name}.parquet")
    assert {of.name: of.type for of in of_parquet.schema} == {
        column: pa.type_for_alias(kind) for column, kind in COLUMNS[name].items()
    }
    assert of_parquet.column_names == list(COLUMNS[name])
    rows = [{key: text(value) for key, value in row.items()} for row in of_parquet.to_pylist()]
    assert len(rows) > 0
    assert rows == table(folder, name)


def test_the_tables_are_the_same_bytes_twice(folder, tmp_path):
    sources = folder.parent
    rungs = {"line": [f"{sources}/line"], "net": [f"{sources}/early", f"{sources}/late"]}
    evaluate(rungs, f"{sources}/index.csv", ALL, str(tmp_path), {"dataset": "four"})
    for path in Path(folder).iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


@pytest.mark.parametrize("rows", [1, 3, 4, 5])
def test_the_tables_do_not_depend_on_how_many_images_are_read_at_a_time(folder, tmp_path, monkeypatch, rows):
    monkeypatch.setattr(scores, "ROWS", rows)
    sources = folder.parent
    rungs = {"line": [f"{sources}/line"], "net": [f"{sources}/late", f"{sources}/early"]}
    evaluate(rungs, f"{sources}/index.csv", ALL, str(tmp_path), {"dataset": "four"})
    for name in COLUMNS:
        found, expected = (pq.read_table(of / f"{name}.parquet").to_pylist() for of in (tmp_path, folder))
        assert len(found) == len(expected)
        for row, same in zip(found, expected, strict=True):
            assert row == {key: rounded(value) for key, value in same.items()}


def rounded(value):
    return pytest.approx(value, rel=1e-12) if isinstance(value, float) else value


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
    found = list(of_a_run(None, CLASSES, ["accuracy"], True))
    assert found == [(("accuracy", of), number) for of, number in rows]
    assert {type(number) for _, number in found} == {float}


@pytest.mark.parametrize("value", [None, "high", [0.5, 0.5], np.zeros(3), np.zeros((2, 2)), {"3": 1.0}])
def test_a_metric_of_another_kind_is_one_sentence(monkeypatch, value):
    monkeypatch.setattr(metrics, "accuracy", lambda _: value)
    with pytest.raises(LadderError) as caught:
        list(of_a_run(None, CLASSES, ["accuracy"], True))
    assert str(caught.value) == (
        f"metrics.py: accuracy returned {value!r}; it must be one number, or an array of one a class, 2 here"
    )


@pytest.fixture
def with_failures(folder, tmp_path):
    """`with_failures(rungs)`: the tables where `none` has no seed, and `some` has lost all of one block."""
    files = {name: str(folder.parent / name) for name in ("late", "early", "line")}
    for name in ("empty", "void"):
        files[name] = str(tmp_path / name)
        scores.write(files[name], CLASSES, LABELS, {}, True)
    rungs = {
        "line": ["line"],
        "none": ["empty", "void"],
        "nil": ["void"],
        "some": ["empty", "late"],
        "net": ["late", "early"],
    }

    def with_failures(*names):
        chosen = {name: [files[file] for file in rungs[name]] for name in names}
        evaluate(chosen, f"{folder.parent}/index.csv", ALL, str(tmp_path / "out"), {"dataset": "four"})
        return tmp_path / "out"

    return with_failures


def test_a_rung_without_seeds_is_in_no_table_and_changes_no_other(folder, with_failures):
    found = with_failures("line", "none", "net")
    for name in COLUMNS.keys() - {"marks"}:  # which has the places of all rungs
        assert (found / f"{name}.csv").read_bytes() == (folder / f"{name}.csv").read_bytes(), name
    places = [{row["variant"]: row["place"] for row in table(where, "marks")} for where in (found, folder)]
    assert places == [{"line": "0", "net": "2"}, {"line": "0", "net": "1"}]


def test_a_rung_that_lost_some_seeds_has_the_others(with_failures):
    found = with_failures("none", "some", "net")
    assert values_of(found, "some", "accuracy") == {2: 0.5}
    assert (summary_of(found, "some", "accuracy")["n"], summary_of(found, "net", "accuracy")["n"]) == ("1", "3")
    assert {row["rungs"] for row in table(found, "hard")} == {"2"}
    pairs = {(row["rung"], row["other"]) for row in table(found, "comparison") if row["kind"] != "chance"}
    assert pairs == {("net", "some"), ("some", "net")}


def test_where_every_training_failed_there_is_a_sentence(with_failures):
    with pytest.raises(LadderError) as caught:
        with_failures("none", "nil")
    assert str(caught.value) == (
        "no rung of this ladder has scores to compare, since every training run failed: none, nil; the file "
        "failures.csv beside each of their scores says why"
    )


@pytest.fixture
def uneven(tmp_path):
    """`uneven(names, **arguments)`: tables of rungs on 200 images, of which 150 are of the most frequent class.

    Of the training images 3 of 4 are of the class `3`.
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

    def uneven(*names, **arguments):
        rungs = {name: [str(tmp_path / name)] for name in names}
        folder = tmp_path / f"out{len(list(tmp_path.iterdir()))}"
        evaluate(rungs, f"{tmp_path}/index.csv", ["accuracy"], str(folder), {}, **arguments)
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
    assert told["unequal_classes"] is True


def test_marks_come_from_failures_histories_and_predictions(uneven):
    place, plain = uneven.folder, {"loss": "mnist_loss", "sampling": "as_is", "class_weights": "none"}
    (place / "failures.csv").write_text("variant,seed,kind,why\nnet,1,failed,it rained\n")
    epochs = "variant,seed,epoch,train_loss,valid_loss\n"
    (place / "history.csv").write_text(f"{epochs}net,0,1,0.5,0.5\nnet,0,2,0.6,0.5\nnet,1,1,0.5,0.5\n")
    # The loss of saying 3 of 4: 0.375 in mnist_loss, for both splits. The loss named here is another.
    (place / "line.csv").write_text(f"{epochs}line,0,1,0.2,0.5\n")
    (place / "low.csv").write_text(f"{epochs}pixel_l2,0,1,0.2,0.3\n")
    folder = uneven(
        *("pixel_l2", "majority", "line", "net"),
        histories=[str(place / name) for name in ("history.csv", "line.csv", "low.csv")],
        failures=[str(place / "failures.csv")],
        recipes={"line": plain, "pixel_l2": plain},
    )
    found = marks_of(folder)
    assert found.keys() == {("majority", "one_class"), ("line", "loss_rose"), ("net", "failed"), ("net", "loss_rose")}
    assert found["net", "failed"] == "failed in 1 of 2 seeds: it rained"
    assert found["majority", "one_class"] == "gives every image the same class"
    assert found["net", "loss_rose"].startswith("its loss ends above its start: in training from 0.5 ")
    assert (
        "after the one epoch 0.5 in validation, where saying the classes' shares has 0.375"
        in found["line", "loss_rose"]
    )


def test_a_rung_at_chance_is_marked_by_the_table(uneven):
    found = marks_of(uneven("pixel_l1", "net"))
    assert found.keys() == {("pixel_l1", "chance")}
    assert found["pixel_l1", "chance"].endswith("which is right on 75.00%")


def test_the_pairs_of_the_chapter_are_compared(uneven):
    families = {"pixels": ["pixel_l1", "pixel_l2"], "linear": ["line"], "hidden": ["net"], "convolution": []}
    folder = uneven("pixel_l1", "pixel_l2", "line", "net", families=families, alike=[["line", "net"]])
    # pixel_l1 is at chance, and so shows nothing of an idea.
    assert sorted(pairs_of(folder, "idea")) == [("line", "pixel_l2"), ("net", "line")]
    assert pairs_of(uneven("pixel_l2", "line", "net"), "idea") == []
    alike = uneven("pixel_l2", "line", "net", alike=[["pixel_l2", "net"]])
    assert pairs_of(alike, "idea") == [("net", "pixel_l2")]


FAMILIES = {"pixels": ["pixel_l1", "pixel_l2"], "linear": ["a", "b"], "hidden": [], "convolution": []}
ACCURACY = {"pixel_l1": 0.5, "pixel_l2": 0.6, "a": 0.7, "b": 0.8}


@pytest.mark.parametrize(
    ("families", "accuracy", "marked", "pairs"),
    [
        (FAMILIES, ACCURACY, set(), [("pixel_l2", "pixel_l1"), ("b", "pixel_l2"), ("b", "a")]),
        (FAMILIES, ACCURACY, {"b"}, [("pixel_l2", "pixel_l1"), ("a", "pixel_l2")]),
        (FAMILIES, ACCURACY, {"a", "b"}, [("pixel_l2", "pixel_l1")]),
        (FAMILIES, ACCURACY, {"pixel_l1", "pixel_l2"}, [("b", "a")]),
        ({}, {"a": 0.7, "b": 0.8}, set(), [("b", "a")]),
        ({}, {"a": 0.7}, set(), []),
    ],
)
def test_pairs_of_the_chapter_are_of_unmarked_rungs(families, accuracy, marked, pairs):
    assert chapter_pairs(families, [["a", "b"]], list(ACCURACY), accuracy, marked) == pairs


@pytest.mark.parametrize(
    ("train", "shares"),
    [(["a", "é", "a"], [2 / 3, 1 / 3, 0]), (["x\ry"], [0, 0, 1]), ([], [0, 0, 0]), (["é"], [0, 1, 0])],
)
def test_shares_are_those_of_the_training_images_whatever_the_locale(tmp_path, train, shares):
    path = tmp_path / "index.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["split", "position", "path", "class"])
        writer.writerows(["train", number, f"{number}.png", name] for number, name in enumerate(train))
        writer.writerows(["valid", number, f"{number}.png", "a"] for number in range(5))
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C")
        assert shares_of(str(path), ["a", "é", "x\ry"]).tolist() == shares
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
