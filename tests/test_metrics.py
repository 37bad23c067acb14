import math

import numpy as np
import pytest
from sklearn import metrics as theirs

from ladder import metrics
from ladder.evaluation import values
from ladder.evaluation.tallies import Tally
from ladder.provenance import source_code

NAN = math.nan


@pytest.fixture(params=[2, 3, 10])
def random_data(request):
    random = np.random.default_rng(request.param)
    labels = random.integers(0, request.param, 400)
    raw = random.random((400, request.param)) + 0.5 * np.eye(request.param)[labels]
    return labels, raw / raw.sum(1, keepdims=True)


def test_accuracy_is_scikit_learns(random_data):
    labels, scores = random_data
    assert metrics.accuracy(Tally.of(labels, scores)) == pytest.approx(theirs.accuracy_score(labels, scores.argmax(1)))


def test_precision_recall_and_f1_are_scikit_learns(random_data):
    labels, scores = random_data
    expected = theirs.precision_recall_fscore_support(labels, scores.argmax(1), average=None)
    for name, theirs_of in zip(("precision", "recall", "f1"), expected, strict=False):
        np.testing.assert_allclose(getattr(metrics, name)(Tally.of(labels, scores)), theirs_of, rtol=1e-12)


def test_log_loss_is_scikit_learns(random_data):
    labels, scores = random_data
    assert metrics.log_loss(Tally.of(labels, scores)) == pytest.approx(theirs.log_loss(labels, scores))


# Classes 0, 1 and 2; class 2 is never predicted, class 3 neither there nor predicted.
LABELS = np.array([0, 0, 1, 1, 1, 2])
SCORES = np.eye(4)[[0, 1, 1, 1, 0, 0]]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("precision", [1 / 3, 2 / 3, NAN, NAN]),
        ("recall", [1 / 2, 2 / 3, 0, NAN]),
        ("f1", [2 / 5, 2 / 3, 0, NAN]),
    ],
)
def test_a_metric_that_has_no_meaning_is_nan(name, expected):
    np.testing.assert_allclose(getattr(metrics, name)(Tally.of(LABELS, SCORES)), expected, rtol=1e-15)


def test_a_metric_that_has_no_meaning_is_no_warning():
    with np.errstate(all="raise"):
        assert math.isnan(metrics.precision(Tally.of(LABELS, SCORES))[2])


def test_accuracy_of_a_worked_example():
    assert metrics.accuracy(Tally.of(LABELS, SCORES)) == 0.5


def test_log_loss_of_a_probability_of_zero_is_finite():
    assert metrics.log_loss(Tally.of(np.array([1]), np.array([[1.0, 0.0]]))) == pytest.approx(708.3964185322641)


def test_calibration_error_of_a_worked_example():
    # Confidences and their bins of width 1/15: 0.95 and 0.97 (14), 0.9 (13), 0.52 and 0.53 (7).
    first = np.array([0.95, 0.97, 0.1, 0.52, 0.47])
    labels = np.array([0, 1, 1, 1, 1])  # right, wrong, right, wrong, right
    expected = abs(1 - 1.92) + abs(1 - 0.9) + abs(1 - 1.05)
    found = metrics.calibration_error(Tally.of(labels, np.stack([first, 1 - first], 1)))
    assert found == pytest.approx(expected / 5, rel=1e-12)


def test_gaps_of_opposite_sign_in_two_bins_do_not_cancel():
    scores = np.array([[0.6, 0.4], [0.9, 0.1]])
    assert metrics.calibration_error(Tally.of(np.array([0, 1]), scores)) == pytest.approx((0.4 + 0.9) / 2)


def test_certainty_that_is_right_is_calibrated():
    assert metrics.calibration_error(Tally.of(np.array([0, 1]), np.eye(2))) == 0


def test_numbers_are_plain_floats(random_data):
    for name in ("accuracy", "log_loss", "calibration_error"):
        assert type(getattr(metrics, name)(Tally.of(*random_data))) is float


def test_two_metrics_need_probabilities():
    needing = [
        name for name in source_code.functions("metrics") if hasattr(getattr(metrics, name), "needs_probabilities")
    ]
    assert needing == ["log_loss", "calibration_error"]
    assert metrics._of_probabilities(lambda _: 0.0).needs_probabilities is True


def test_all_but_the_loss_are_shares():
    assert {name for name in source_code.functions("metrics") if values.is_share(name)} == {
        *("accuracy", "precision", "recall", "f1", "calibration_error"),
    }


def test_shares_are_told_apart_from_other_numbers():
    names = ("accuracy", "log_loss", "calibration_error", "precision", "recall", "f1")
    assert [name for name in names if not values.is_share(name)] == ["log_loss"]


def test_a_metric_is_marked_as_a_share():
    def mine(tally):
        return 0.5

    assert metrics._share(mine) is mine
    assert mine.is_share is True
