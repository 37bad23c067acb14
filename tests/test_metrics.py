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


@pytest.mark.parametrize("name", ["precision", "recall", "f1"])
def test_macro_averages_are_scikit_learns(random_data, name):
    labels, scores = random_data
    expected = getattr(theirs, f"{name}_score")(labels, scores.argmax(1), average="macro")
    assert getattr(metrics, f"macro_{name}")(Tally.of(labels, scores)) == pytest.approx(expected, rel=1e-12)


def test_balanced_accuracy_is_scikit_learns(random_data):
    labels, scores = random_data
    expected = theirs.balanced_accuracy_score(labels, scores.argmax(1))
    assert metrics.balanced_accuracy(Tally.of(labels, scores)) == pytest.approx(expected, rel=1e-12)


def test_the_area_under_the_roc_curve_is_scikit_learns(random_data):
    labels, scores = random_data
    expected = theirs.roc_auc_score(labels, scores[:, 1] if scores.shape[1] == 2 else scores, multi_class="ovr")
    assert metrics.roc_auc(Tally.of(labels, scores)) == pytest.approx(expected, abs=1e-12)


def test_two_scores_that_are_no_probabilities_rank_images_by_their_difference(random_data):
    labels, scores = random_data
    distances = -np.square(scores - 3)
    value = metrics.roc_auc(Tally.of(labels, distances, False))
    if scores.shape[1] == 2:
        assert value == pytest.approx(theirs.roc_auc_score(labels, distances[:, 1] - distances[:, 0]), abs=1e-12)
    else:
        each = [theirs.roc_auc_score(labels == label, distances[:, label]) for label in range(scores.shape[1])]
        assert value == pytest.approx(np.mean(each), abs=1e-12)


def test_a_share_of_95_percent_is_no_skill():
    tally = Tally.of(np.repeat([0, 1], [95, 5]), np.tile([0.95, 0.05], (100, 1)))
    assert (metrics.accuracy(tally), metrics.balanced_accuracy(tally), metrics.roc_auc(tally)) == (0.95, 0.5, 0.5)
    assert metrics.macro_f1(tally) == pytest.approx(2 * 0.95 / 1.95 / 2)


# Classes 0, 1 and 2; class 2 is never predicted, class 3 has no image and is never predicted.
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


@pytest.mark.parametrize("name", ["precision", "recall", "f1"])
def test_a_class_that_is_there_or_predicted_counts_in_macro_averages_as_in_scikit_learns(name):
    for labels, scores in ((LABELS, SCORES), (LABELS % 2, SCORES)):
        expected = getattr(theirs, f"{name}_score")(labels, scores.argmax(1), average="macro", zero_division=0)
        assert getattr(metrics, f"macro_{name}")(Tally.of(labels, scores)) == pytest.approx(expected, rel=1e-15)


def test_a_class_without_images_has_no_part_in_balanced_accuracy_and_in_the_roc_curve():
    predicted = np.array([0, 1, 2, 1])
    tally = Tally.of(np.array([0, 0, 1, 1]), np.eye(3)[predicted])
    assert metrics.balanced_accuracy(tally) == 0.5
    assert metrics.roc_auc(tally) == (3 / 4 + 2 / 4) / 2
    assert math.isnan(metrics.roc_auc(Tally.of(np.zeros(4, int), np.eye(3)[predicted])))


def test_accuracy_of_a_worked_example():
    assert metrics.accuracy(Tally.of(LABELS, SCORES)) == 0.5


def test_log_loss_of_a_probability_of_zero_is_finite():
    assert metrics.log_loss(Tally.of(np.array([1]), np.array([[1.0, 0.0]]))) == pytest.approx(708.3964185322641)


def test_calibration_error_of_a_worked_example():
    # Confidences and their bins of width 1/15: 0.95 and 0.97 (14), 0.9 (13), 0.52 and 0.53 (7).
    first = np.array([0.95, 0.97, 0.1, 0.52, 0.47])
    labels = np.array([0, 1, 1, 1, 1])  # right, wrong, right, wrong, right
    expected = abs(1 - 1.92) + abs(1 - 0.9) + abs(1 - 1.05)
    value = metrics.calibration_error(Tally.of(labels, np.stack([first, 1 - first], 1)))
    assert value == pytest.approx(expected / 5, rel=1e-12)


def test_gaps_of_opposite_sign_in_two_bins_do_not_cancel():
    scores = np.array([[0.6, 0.4], [0.9, 0.1]])
    assert metrics.calibration_error(Tally.of(np.array([0, 1]), scores)) == pytest.approx((0.4 + 0.9) / 2)


def test_certainty_that_is_right_is_calibrated():
    assert metrics.calibration_error(Tally.of(np.array([0, 1]), np.eye(2))) == 0


def test_numbers_are_plain_floats(random_data):
    names = ("accuracy", "log_loss", "calibration_error", "balanced_accuracy", "macro_f1", "roc_auc")
    for name in names:
        assert type(getattr(metrics, name)(Tally.of(*random_data))) is float


def test_two_metrics_need_probabilities():
    needing = [
        name for name in source_code.functions("metrics") if hasattr(getattr(metrics, name), "needs_probabilities")
    ]
    assert needing == ["log_loss", "calibration_error"]
    assert metrics._of_probabilities(lambda _: 0.0).needs_probabilities is True


def test_all_but_the_loss_are_shares():
    assert [name for name in source_code.functions("metrics") if not values.is_share(name)] == ["log_loss"]


def test_a_metric_is_marked_as_a_share():
    def mine(tally):
        return 0.5

    assert metrics._share(mine) is mine
    assert mine.is_share is True
