import csv
import json
import locale
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats

from ladder.errors import LadderError
from ladder.evaluate import TABLES, Request, add_paths, evaluate, shares_of
from ladder.evaluation.rung import DENSE
from ladder.evaluation.statistics import wilson
from ladder.formats import scores, tables
from tests.evaluated import (
    ALL,
    ASKED,
    CLASSES,
    LABELS,
    evaluate_four,
    summary_of,
    table,
    two_columns,
    values_of,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return evaluate_four(tmp_path_factory.mktemp("evaluate"))


def test_the_blocks_of_a_rung_become_its_seeds_in_order(folder):
    assert values_of(folder, "net", "accuracy") == {0: 0.75, 1: 0.5, 2: 0.5}
    assert list(values_of(folder, "net", "accuracy")) == [0, 1, 2]


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
        "variant": "net",
        "rank": "1",
        "image": "3",
        "path": "valid/7/3.png",
        "class": "7",
        "predicted": "3",
        "score": None,
        "predicted_score": None,
        "loss": None,
        "wrong": "3",
        "seeds": "3",
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
    evaluate({"a": [f"{tmp_path}/a"]}, f"{tmp_path}/index.csv", Request(["accuracy"]), str(tmp_path), {})
    assert [int(row["image"]) for row in table(tmp_path, "mistakes")] == list(range(20))


def test_no_mistake_makes_a_table_of_no_rows(tmp_path):
    (tmp_path / "index.csv").write_text("split,position,path,class\nvalid,0,v/0,a\nvalid,1,v/1,b\n")
    scores.write(tmp_path / "a", ["a", "b"], np.array([0, 1]), {0: np.eye(2)}, True)
    evaluate({"a": [f"{tmp_path}/a"]}, f"{tmp_path}/index.csv", Request(["accuracy"]), str(tmp_path), {})
    assert (tmp_path / "mistakes.csv").read_text() == ",".join(TABLES["mistakes"]) + "\n"
    assert pq.read_table(tmp_path / "mistakes.parquet").num_rows == 0


def test_the_validation_table_has_the_accuracy_and_interval_of_the_summary(folder):
    for row in table(folder, "validation"):
        summary = summary_of(folder, row["variant"], "accuracy")
        assert [row[key] for key in ("accuracy", "seeds", "seeds_low", "seeds_high")] == [
            summary[key] for key in ("mean", "n", "low", "high")
        ]
        assert row["images"] == "4"
    # Wilson's interval of 3 of 4 images; for other images also with the quantile 3.182 of Student's t, of 3 images.
    line, net = table(folder, "validation")
    assert (float(line["images_low"]), float(line["images_high"])) == pytest.approx((0.3006, 0.9544), abs=5e-5)
    assert (float(line["low"]), float(line["high"])) == pytest.approx(wilson(0.75, 3, 3.182446), abs=1e-6)
    # The net's variance of seeds is 3/432, of images 19/432 and of both 7/432; that of images alone is the largest.
    freedom = 19**2 / (3**2 / 2 + 19**2 / 3)
    expected = wilson(7 / 12, 7 / 12 * 5 / 12 / (19 / 432), stats.t.ppf(0.975, freedom))
    assert (float(net["low"]), float(net["high"])) == pytest.approx(expected)


def test_a_comparison_of_seeds_with_one_run(folder):
    adjacent, best, *chance = table(folder, "comparison")
    assert [(row["rung"], row["other"], row["kind"]) for row in chance] == [
        ("line", "majority", "chance"),
        ("net", "majority", "chance"),
    ]
    assert [adjacent[key] for key in ("rung", "other", "kind")] == ["net", "line", "adjacent"]
    assert [best[key] for key in ("rung", "other", "kind")] == ["net", "line", "best"]
    # 2/3, 3/3, 2/3 and 0/3 of the net's seeds are right; the line is right on all but image 0.
    assert float(adjacent["difference"]) == pytest.approx((2 / 3 + 0 - 1 / 3 - 1) / 4)
    # Seeds: 3/4, 1/2 and 1/2 have the variance 1/48, of three seeds. Images: squares 14/9 - 4/36 = 13/9, of three and
    # of four. Their sum less the variance of both, 7/432, is less than that of images alone.
    assert float(adjacent["seed_variance"]) == pytest.approx(1 / 144)
    assert float(adjacent["image_variance"]) == pytest.approx(13 / 108)
    freedom = (13 / 108) ** 2 / ((1 / 144) ** 2 / 2 + (13 / 108) ** 2 / 3)
    half = stats.t.ppf(0.975, freedom) * (13 / 108) ** 0.5
    assert (float(adjacent["low"]), float(adjacent["high"])) == pytest.approx((-1 / 6 - half, -1 / 6 + half))
    expected = 2 * stats.t.sf(1 / 6 / (13 / 108) ** 0.5, freedom)
    assert float(adjacent["two_way_p"]) == pytest.approx(expected)
    # Sums of +-2 +-1 +-3 thirds as far from 0 as 2 thirds: six of eight; of three pairs in all.
    assert (adjacent["sign_flip_p"], adjacent["p_holm"]) == ("0.75", "1.0")
    assert (adjacent["distinguishable"], adjacent["equivalent"], adjacent["one_seed"]) == ("False",) * 3
    # One seed of three is as good as the line. Against the majority, right on half, one is better and two are as good.
    assert float(adjacent["outperforms"]) == pytest.approx(1 / 2 / 3)
    assert [row["outperforms"] for row in chance] == ["", str(2 / 3)]
    assert {key: best[key] for key in best if key != "kind"} == {
        key: adjacent[key] for key in adjacent if key != "kind"
    }


def test_calibration_is_of_rungs_with_probabilities_alone(folder):
    assert [row["variant"] for row in table(folder, "calibration")] == ["net"] * 15


def test_the_json_nests_the_summary(folder):
    summary = json.loads((folder / "summary.json").read_text())
    assert list(summary) == [
        *("dataset", "images", "classes", "majority", "unequal_classes", "marks", "pairs", "validation"),
        *("rungs", "per_class"),
    ]
    assert (summary["dataset"], summary["images"]) == ("four", 4)
    assert summary["majority"] == {"class": "3", "accuracy": 0.5}
    assert list(summary["rungs"]) == list(summary["per_class"]) == ["line", "net"]
    assert summary["rungs"]["line"]["accuracy"] == {"mean": 0.75, "std": None, "low": None, "high": None, "n": 1}
    assert summary["per_class"]["line"]["recall"]["7"] == {"mean": 1.0, "std": None, "low": None, "high": None, "n": 1}
    assert summary["per_class"]["net"]["precision"]["7"]["n"] == 2
    assert [*summary["rungs"]["net"], *summary["per_class"]["net"]] == ALL


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
    evaluate({"a": [f"{tmp_path}/a"]}, f"{tmp_path}/index.csv", Request(["accuracy"]), str(tmp_path), {})
    pairs = [("c00", "c00"), ("c00", "c05"), ("c01", "c01"), ("c01", "c30"), ("c02", "c02")]
    assert [(row["seed"], row["class"], row["predicted"], row["images"]) for row in table(tmp_path, "confusion")] == [
        (seed, *pair, count) for seed, counts in (("0", "11101"), ("1", "20011")) for pair, count in zip(pairs, counts)
    ]


def test_of_few_classes_every_pair_is_listed(tmp_path):
    classes = [f"c{number:02}" for number in range(DENSE)]
    (tmp_path / "index.csv").write_text("split,position,path,class\nvalid,0,v/0,c00\n")
    scores.write(tmp_path / "a", classes, np.array([0]), {0: np.eye(1, DENSE)}, True)
    evaluate({"a": [f"{tmp_path}/a"]}, f"{tmp_path}/index.csv", Request(["accuracy"]), str(tmp_path), {})
    assert sum(int(row["images"]) for row in table(tmp_path, "confusion")) == 1
    assert len(table(tmp_path, "confusion")) == DENSE**2


@pytest.mark.parametrize("name", sorted(TABLES))
def test_csv_and_parquet_agree(folder, name):
    def text(value):
        return "" if value is None else str(value)

    parquet = pq.read_table(folder / f"{name}.parquet")
    assert {field.name: field.type for field in parquet.schema} == {
        column: pa.type_for_alias(tables.type_of(kind)) for column, kind in TABLES[name].items()
    }
    assert parquet.column_names == list(TABLES[name])
    rows = [{key: text(value) for key, value in row.items()} for row in parquet.to_pylist()]
    assert len(rows) > 0
    assert rows == table(folder, name)


def test_the_tables_are_the_same_bytes_twice(folder, tmp_path):
    sources = folder.parent
    rungs = {"line": [f"{sources}/line"], "net": [f"{sources}/early", f"{sources}/late"]}
    evaluate(rungs, f"{sources}/index.csv", ASKED, str(tmp_path), {"dataset": "four"})
    for path in Path(folder).iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


@pytest.mark.parametrize("rows", [1, 3, 4, 5])
def test_the_tables_do_not_depend_on_how_many_images_are_read_at_a_time(folder, tmp_path, monkeypatch, rows):
    monkeypatch.setattr(scores, "ROWS", rows)
    sources = folder.parent
    rungs = {"line": [f"{sources}/line"], "net": [f"{sources}/late", f"{sources}/early"]}
    evaluate(rungs, f"{sources}/index.csv", ASKED, str(tmp_path), {"dataset": "four"})
    for name in TABLES:
        at_once, expected = (pq.read_table(place / f"{name}.parquet").to_pylist() for place in (tmp_path, folder))
        assert len(at_once) == len(expected)
        for row, same in zip(at_once, expected, strict=True):
            assert row == {key: rounded(value) for key, value in same.items()}


def rounded(value):
    return pytest.approx(value, rel=1e-12) if isinstance(value, float) else value


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
        evaluate(chosen, f"{folder.parent}/index.csv", ASKED, str(tmp_path / "out"), {"dataset": "four"})
        return tmp_path / "out"

    return with_failures


def test_a_rung_without_seeds_is_in_no_table_and_changes_no_other(folder, with_failures):
    tables = with_failures("line", "none", "net")
    for name in TABLES.keys() - {"marks"}:  # marks has the places of all rungs
        assert (tables / f"{name}.csv").read_bytes() == (folder / f"{name}.csv").read_bytes(), name
    places = [{row["variant"]: row["place"] for row in table(where, "marks")} for where in (tables, folder)]
    assert places == [{"line": "0", "net": "2"}, {"line": "0", "net": "1"}]


def test_a_rung_that_lost_some_seeds_has_the_others(with_failures):
    tables = with_failures("none", "some", "net")
    assert values_of(tables, "some", "accuracy") == {2: 0.5}
    assert (summary_of(tables, "some", "accuracy")["n"], summary_of(tables, "net", "accuracy")["n"]) == ("1", "3")
    assert {row["rungs"] for row in table(tables, "hard")} == {"2"}
    pairs = {(row["rung"], row["other"]) for row in table(tables, "comparison") if row["kind"] != "chance"}
    assert pairs == {("net", "some"), ("some", "net")}
    # The one seed that is left says nothing about other seeds.
    seeds = {(row["rung"], row["other"]): row["one_seed"] for row in table(tables, "comparison")}
    assert seeds == {
        **{("net", "some"): "True", ("some", "net"): "True"},
        **{("some", "majority"): "True", ("net", "majority"): "False"},
    }


def test_where_every_training_failed_there_is_a_sentence(with_failures):
    with pytest.raises(LadderError) as caught:
        with_failures("none", "nil")
    assert str(caught.value) == (
        "no rung of this ladder has scores to compare, since every training run failed: none, nil; the file "
        "failures.csv beside each of their scores says why"
    )


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


def test_scores_of_images_in_another_order_are_not_compared(tmp_path):
    (tmp_path / "index.csv").write_text(
        "split,position,path,class\ntrain,0,t/0,a\n" + "".join(f"valid,{n},v/{n},a\n" for n in range(2))
    )
    for name, labels in (("one", [0, 1]), ("other", [1, 0])):
        scores.write(tmp_path / name, ["a", "b"], np.array(labels), {0: np.eye(2)}, True)
    rungs = {name: [f"{tmp_path}/{name}"] for name in ("one", "other")}
    with pytest.raises(LadderError, match=r"^the scores of other are not of the images of"):
        evaluate(rungs, f"{tmp_path}/index.csv", Request(["accuracy"]), str(tmp_path / "out"), {})
