import math
import sys

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from ladder.evaluation import tallies

LABELS = np.array([0, 1, 2])
SCORES = np.array([[0.5, 0.3, 0.2], [0.6, 0.1, 0.3], [0.25, 0.5, 0.25]])


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_confusion_is_scikit_learns(classes):
    random = np.random.default_rng(classes)
    labels, scores = random.integers(0, classes, 500), random.random((500, classes))
    expected = confusion_matrix(labels, scores.argmax(1), labels=range(classes))
    np.testing.assert_array_equal(tallies.confusion(labels, scores), expected)


def test_rows_are_classes_and_columns_predictions():
    assert tallies.confusion(LABELS, SCORES).tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 0]]


def test_a_class_that_is_neither_there_nor_predicted_has_zeros():
    assert tallies.confusion(np.array([0, 0]), np.array([[1.0, 0, 0], [0, 1, 0]])).tolist() == [
        [1, 1, 0],
        [0, 0, 0],
        [0, 0, 0],
    ]


def test_of_equal_scores_the_first_class_is_predicted():
    assert tallies.confusion(np.array([1]), np.array([[0.5, 0.5]])).tolist() == [[0, 0], [1, 0]]


def test_the_loss_of_a_probability_is_its_negative_logarithm():
    expected = [-math.log(0.5), -math.log(0.1), -math.log(0.25)]
    np.testing.assert_allclose(tallies.losses(LABELS, SCORES, True), expected, rtol=1e-15)


def test_the_loss_of_a_probability_of_zero_is_finite():
    losses = tallies.losses(np.array([0, 1]), np.array([[0.0, 1], [0, 1]]), True)
    assert losses.tolist() == [-math.log(sys.float_info.min), 0]


def test_the_loss_of_other_scores_is_what_the_best_wrong_class_is_ahead():
    scores = np.array([[-3.0, -1, -2], [-3, -1, -2], [4, 0, 1]])
    assert tallies.losses(LABELS, scores, False).tolist() == [2, -1, 3]


def test_without_its_own_class_the_rest_of_the_scores_stays():
    rest = tallies.without_own(LABELS, SCORES)
    inf = -math.inf
    assert rest.tolist() == [[inf, 0.3, 0.2], [0.6, inf, 0.3], [0.25, 0.5, inf]]
    assert SCORES[0, 0] == 0.5


@pytest.mark.parametrize("probabilities", [True, False])
def test_a_tally_is_the_same_however_many_images_come_at_a_time(probabilities):
    at_once, by_ones = tallies.Tally.of(LABELS, SCORES, probabilities), tallies.Tally(3, probabilities)
    losses = [by_ones.add(LABELS[[image]], SCORES[[image]]) for image in range(3)]
    np.testing.assert_array_equal(np.concatenate(losses), tallies.losses(LABELS, SCORES, probabilities))
    for tally in (at_once, by_ones):
        assert tally.confusion.dtype == np.int64
        assert tally.confusion.tolist() == tallies.confusion(LABELS, SCORES).tolist()
        assert tally.loss == pytest.approx(sum(np.concatenate(losses)))
        assert (tally.images, tally.accuracy) == (3, 1 / 3)
        expected = tallies.calibration(LABELS, SCORES) if probabilities else np.zeros((3, 15))
        np.testing.assert_allclose(tally.calibration, expected)
        assert [ranking.area() for ranking in tally.rankings] == [(1 / 2, 0), (0, 0), (1 / 2, 0)]


def test_the_bins_of_confidence_are_15_with_their_images_those_right_and_their_confidences():
    images, right, confidence = tallies.calibration(LABELS, SCORES)
    # 0.5 and 0.5 are of bin 7, from 7/15 to 8/15, and 0.6 of bin 9, which begins with it.
    assert (len(images), np.flatnonzero(images).tolist()) == (15, [7, 9])
    assert (images[[7, 9]].tolist(), right[[7, 9]].tolist()) == ([2, 1], [1, 0])
    np.testing.assert_allclose(confidence[[7, 9]], [1.0, 0.6])
