import json

import pytest

from tests.evaluated import CLASSES, evaluate_four, table


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return evaluate_four(tmp_path_factory.mktemp("evaluate"))


@pytest.fixture(scope="module")
def summary(folder):
    return json.loads((folder / "summary.json").read_text())


def test_the_summary_has_the_accuracies_of_the_table_validation(folder, summary):
    assert list(summary["validation"]) == ["line", "net"]
    for row in table(folder, "validation"):
        assert summary["validation"][row["variant"]] == {key: float(row[key]) for key in ("accuracy", "low", "high")}


def test_the_summary_has_every_pair_of_the_table_comparison_with_its_verdict(folder, summary):
    rows = table(folder, "comparison")
    assert [[pair[key] for key in ("rung", "other", "kind")] for pair in summary["pairs"]] == [
        [row[key] for key in ("rung", "other", "kind")] for row in rows
    ]
    for pair, row in zip(summary["pairs"], rows, strict=True):
        assert [pair[key] for key in ("difference", "low", "high")] == [
            float(row[key]) for key in ("difference", "low", "high")
        ]
        assert [pair[key] for key in ("seeds_needed", "images_needed")] == [
            int(row[key]) if row[key] else None for key in ("seeds_needed", "images_needed")
        ]
        assert pair["one_seed"] is (row["one_seed"] == "True")
        assert pair["verdict"] == "not distinguishable"  # four images decide nothing


def test_the_summary_names_the_classes(summary):
    assert (summary["dataset"], summary["images"], summary["classes"]) == ("four", 4, CLASSES)
