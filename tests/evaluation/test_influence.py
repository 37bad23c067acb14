import numpy as np
import pytest
from sklearn import metrics as theirs

from ladder import metrics
from ladder.evaluation import influence
from ladder.evaluation.tallies import Tally

NAMES = [
    *("log_loss", "balanced_accuracy", "macro_precision", "macro_recall", "macro_f1", "weighted_f1", "roc_auc"),
]
STEP = 1e-4


@pytest.fixture(params=[2, 3, 10])
def data(request):
    """Labels of classes of unequal sizes, and probabilities."""
    return some_data(np.random.default_rng(request.param), request.param)


def some_data(random, classes, images=300):
    shares = np.arange(1, classes + 1) / np.arange(1, classes + 1).sum()
    labels = random.choice(classes, images, p=shares)
    raw = random.random((images, classes)) + 0.6 * np.eye(classes)[labels]
    return labels, raw / raw.sum(1, keepdims=True)


def averaged(score, average):
    def weighted(labels, scores, weights):
        return score(labels, scores.argmax(1), average=average, sample_weight=weights, zero_division=0)

    return weighted


def area(labels, scores, weights):
    if scores.shape[1] == 2:
        return theirs.roc_auc_score(labels, scores[:, 1], sample_weight=weights)
    each = [theirs.roc_auc_score(labels == k, scores[:, k], sample_weight=weights) for k in range(scores.shape[1])]
    return np.mean(each)


THEIRS = {
    "log_loss": lambda labels, scores, weights: theirs.log_loss(labels, scores, sample_weight=weights),
    "balanced_accuracy": lambda labels, scores, weights: theirs.balanced_accuracy_score(
        labels, scores.argmax(1), sample_weight=weights
    ),
    "macro_precision": averaged(theirs.precision_score, "macro"),
    "macro_recall": averaged(theirs.recall_score, "macro"),
    "macro_f1": averaged(theirs.f1_score, "macro"),
    "weighted_f1": averaged(theirs.f1_score, "weighted"),
    "roc_auc": area,
}


def influences(name, labels, scores, probabilities=True):
    tally = Tally.of(labels, scores, probabilities)
    return getattr(metrics, name).influence(tally, labels, scores)


def by_weights(metric, labels, scores, image):
    """N times the derivative of scikit-learn's metric by the weight of an image."""
    ends = []
    for sign in (1, -1):
        weights = np.ones(len(labels))
        weights[image] += sign * STEP
        ends.append(metric(labels, scores, weights))
    return len(labels) * (ends[0] - ends[1]) / (2 * STEP)


@pytest.mark.parametrize("name", NAMES)
def test_an_influence_is_the_derivative_of_scikit_learns_metric_by_the_weight_of_the_image(data, name):
    labels, scores = data
    own = influences(name, labels, scores)
    for image in range(0, len(labels), 25):
        assert own[image] == pytest.approx(by_weights(THEIRS[name], labels, scores, image), abs=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_the_influences_of_all_images_sum_to_0(data, name):
    assert influences(name, *data).sum() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_a_block_of_the_images_has_the_same_influences(data, name):
    labels, scores = data
    tally, function = Tally.of(labels, scores), getattr(metrics, name).influence
    parts = [function(tally, labels[part], scores[part]) for part in (slice(0, 7), slice(7, None))]
    np.testing.assert_array_equal(np.concatenate(parts), function(tally, labels, scores))


def test_weighted_f1_is_scikit_learns(data):
    labels, scores = data
    expected = theirs.f1_score(labels, scores.argmax(1), average="weighted")
    assert metrics.weighted_f1(Tally.of(labels, scores)) == pytest.approx(expected, rel=1e-12)


# Classes 0, 1 and 2; class 2 is never predicted, class 3 is there in neither.
LABELS = np.array([0, 0, 1, 1, 1, 2])
SCORES = np.eye(4)[[0, 1, 1, 1, 0, 0]]


@pytest.mark.parametrize("name", [*NAMES[1:-1]])
def test_classes_that_are_absent_or_never_predicted(name):
    with np.errstate(all="raise"):
        own = influences(name, LABELS, SCORES)
    for image in range(len(LABELS)):
        expected = by_weights(THEIRS[name], LABELS, SCORES, image)
        assert own[image] == pytest.approx(expected, abs=1e-5)


def test_the_area_of_a_class_without_images_has_no_influence():
    labels, scores = some_data(np.random.default_rng(5), 3)
    kept = labels < 2
    labels, scores = labels[kept], scores[kept]
    own = influences("roc_auc", labels, scores)
    first, second = (
        [
            by_weights(
                lambda y, s, w, k=k: theirs.roc_auc_score(y == k, s[:, k], sample_weight=w), labels, scores, image
            )
            for image in range(0, len(labels), 20)
        ]
        for k in (0, 1)
    )
    np.testing.assert_allclose(own[::20], (np.array(first) + second) / 2, atol=1e-5)


def test_where_there_is_one_class_the_area_has_no_influences():
    assert influences("roc_auc", np.zeros(4, int), np.eye(3)[[0, 1, 2, 1]]).tolist() == [0, 0, 0, 0]


def delong(labels, scores):
    """Variance of the area under the ROC curve of two classes, after DeLong et al. 1988, by all pairs of images."""
    own, rest = scores[labels == 1], scores[labels == 0]
    wins = (own[:, None] > rest) + 0.5 * (own[:, None] == rest)
    return wins.mean(1).var(ddof=1), len(own), wins.mean(0).var(ddof=1), len(rest)


@pytest.mark.parametrize("digits", [1, 2, 15])  # few digits make ties
def test_the_variance_of_an_area_is_delongs(digits):
    labels, scores = some_data(np.random.default_rng(1), 2, images=200)
    scores = np.stack([1 - np.round(scores[:, 1], digits), np.round(scores[:, 1], digits)], 1)
    own = influences("roc_auc", labels, scores)
    s10, m, s01, n = delong(labels, scores[:, 1])
    # DeLong's variances have m - 1 and n - 1 below, these have m and n.
    assert np.square(own).sum() / 200**2 == pytest.approx(s10 * (m - 1) / m**2 + s01 * (n - 1) / n**2, rel=1e-12)
    assert np.square(own).sum() / (200 * 199) == pytest.approx(s10 / m + s01 / n, rel=0.02)


def test_scores_that_are_no_probabilities_have_influences_on_the_area():
    labels, scores = some_data(np.random.default_rng(2), 2)
    distances = -np.square(scores - 3)
    own = influences("roc_auc", labels, distances, probabilities=False)
    lead = distances[:, 1] - distances[:, 0]
    for image in range(0, 300, 30):
        expected = by_weights(lambda y, s, w: theirs.roc_auc_score(y, s, sample_weight=w), labels, lead, image)
        assert own[image] == pytest.approx(expected, abs=1e-5)


def test_scores_in_shared_cells_have_placements_whose_mean_is_the_area():
    random = np.random.default_rng(3)
    labels, scores = some_data(random, 2, images=20_000)
    tally = Tally.of(labels, scores)
    ranking, own_scores, own = next(tally.ranked(labels, scores))
    ranking = type(ranking)(300, True)
    ranking.add(own_scores, own)
    places = ranking.placements(own_scores, own)
    for side in (own, ~own):
        assert places[side].mean() == pytest.approx(ranking.area()[0], rel=1e-12)
    assert ranking.sides == (int((~own).sum()), int(own.sum()))


def test_the_metrics_that_name_their_influences():
    for name in NAMES:
        assert getattr(metrics, name).influence is getattr(influence, name)
