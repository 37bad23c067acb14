import numpy as np
import pytest

from ladder import agreement

LABELS = np.array([0, 0, 1, 1])
PREDICTIONS = {
    "one": np.array([[0, 1, 1, 0]]),
    "two": np.array([[0, 1, 1, 1], [0, 1, 0, 1]]),
}


def test_predictions_are_the_classes_of_the_highest_scores():
    seeds = {0: (LABELS[:2], np.array([[0.9, 0.1], [0.2, 0.8]])), 1: (LABELS[:2], np.array([[0.4, 0.6], [0.7, 0.3]]))}
    assert agreement.predictions_of(seeds).tolist() == [[0, 1], [1, 0]]


def test_agreement_is_the_mean_over_pairs_of_seeds():
    rows = {(row["variant"], row["other"]): row["agreement"] for row in agreement.agreement_rows(PREDICTIONS)}
    assert rows["one", "two"] == rows["two", "one"] == pytest.approx((3 / 4 + 2 / 4) / 2)
    assert rows["two", "two"] == pytest.approx(3 / 4)  # its two seeds with each other, and none with itself
    assert rows["one", "one"] == 1


def test_hard_images_come_by_the_share_of_runs_that_are_wrong():
    rows = agreement.hard_rows(PREDICTIONS, LABELS, ["3", "7"], ["a", "b", "c", "d"])
    assert [(row["path"], row["class"], row["rungs_wrong"], row["every_run_wrong"]) for row in rows] == [
        ("b", "3", 2.0, True),
        ("d", "7", 1.0, False),
        ("c", "7", 0.5, False),
    ]
    assert {row["rungs"] for row in rows} == {2}


def test_all_images_that_every_run_gets_wrong_are_kept(monkeypatch):
    monkeypatch.setattr(agreement, "HARDEST", 2)
    wrong = {"one": np.array([[1, 1, 1, 0]])}
    rows = agreement.hard_rows(wrong, np.array([0, 0, 0, 0]), ["3", "7"], list("abcd"))
    assert [row["path"] for row in rows] == ["a", "b", "c"]
