import numpy as np
import pytest

from ladder import metrics
from ladder.evaluation import calibration, tallies
from ladder.evaluation.statistics import wilson


def two_columns(first):
    return np.stack([np.array(first), 1 - np.array(first)], axis=1)


# Confidences and their bins of width 1/15: 0.95 and 0.97 (14), 0.9 (13), 0.52 and 0.53 (7).
LABELS = np.array([0, 1, 1, 1, 1])
ONE = two_columns([0.95, 0.97, 0.1, 0.52, 0.47])  # right, wrong, right, wrong, right
OTHER = two_columns([0.95, 0.04, 0.1, 0.1, 0.1])  # all right; 0.95 and 0.96, three times 0.9


def calibration_rows(rung, seeds):
    return calibration.calibration_rows(rung, [tallies.calibration(*seed) for seed in seeds.values()])


def filled(rows):
    return {round(row["low"] * 15): row for row in rows if row["images"]}


def test_the_bins_of_a_worked_example():
    rows = calibration_rows("net", {0: (LABELS, ONE)})
    assert [(row["variant"], row["low"], row["high"]) for row in rows] == [
        ("net", number / 15, (number + 1) / 15) for number in range(15)
    ]
    bins = filled(rows)
    assert {number: row["images"] for number, row in bins.items()} == {7: 2, 13: 1, 14: 2}
    assert [bins[number]["accuracy"] for number in (7, 13, 14)] == [0.5, 1, 0.5]
    assert [bins[number]["confidence"] for number in (7, 13, 14)] == pytest.approx([0.525, 0.9, 0.96])
    assert (bins[14]["wilson_low"], bins[14]["wilson_high"]) == wilson(0.5, 2)
    empty = {rows[0][key] for key in ("confidence", "accuracy", "wilson_low", "wilson_high")}
    assert (rows[0]["images"], empty) == (0, {None})
    columns = {"variant", "low", "high", "images", "confidence", "accuracy", "wilson_low", "wilson_high"}
    assert {frozenset(row) for row in rows} == {frozenset(columns)}
    assert {type(row["images"]) for row in rows} == {float}


def test_seeds_are_taken_together():
    bins = filled(calibration_rows("net", {0: (LABELS, ONE), 1: (LABELS, OTHER)}))
    assert {number: row["images"] for number, row in bins.items()} == {7: 1, 13: 2, 14: 2}
    assert (bins[13]["accuracy"], bins[14]["accuracy"]) == (1, 0.75)
    assert bins[14]["confidence"] == pytest.approx((0.95 + 0.97 + 0.95 + 0.96) / 4)
    assert (bins[14]["wilson_low"], bins[14]["wilson_high"]) == wilson(0.75, 2)


def test_the_calibration_error_of_one_seed_follows_from_the_rows():
    random = np.random.default_rng(0)
    labels, raw = random.integers(0, 3, 500), random.random((500, 3))
    scores = raw / raw.sum(1, keepdims=True)
    rows = filled(calibration_rows("net", {0: (labels, scores)})).values()
    error = sum(row["images"] * abs(row["accuracy"] - row["confidence"]) for row in rows) / 500
    assert error == pytest.approx(metrics.calibration_error(tallies.Tally.of(labels, scores)), rel=1e-12)


def test_certainty_belongs_to_the_last_bin():
    bins = filled(calibration_rows("net", {0: (np.array([0, 1]), np.eye(2))}))
    assert list(bins) == [14]
    assert (bins[14]["confidence"], bins[14]["accuracy"], bins[14]["images"]) == (1, 1, 2)
