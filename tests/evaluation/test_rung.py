import numpy as np
import pytest

from ladder.evaluation import rung, tallies
from ladder.formats import scores

CLASSES = ["a", "b", "c"]
LABELS = np.array([0, 1, 2, 0, 1])
PREDICTIONS = {0: [0, 1, 1, 2, 0], 1: [0, 0, 2, 2, 0], 2: [0, 0, 1, 2, 2], 10: [0, 1, 1, 1, 0]}
# The score of each seed for its prediction on each image; the other classes share the rest unequally.
SURE = {0: [0.9, 0.5, 0.6, 0.7, 0.8], 1: [0.6, 0.9, 0.5, 0.8, 0.5], 2: [0.7, 0.6, 0.9, 0.6, 0.9], 10: [0.5] * 5}


def scores_of(seed):
    values = np.empty((5, 3))
    for image, (predicted, sure) in enumerate(zip(PREDICTIONS[seed], SURE[seed], strict=True)):
        left = 1 - sure
        values[image] = [sure if label == predicted else 0 for label in range(3)]
        values[image][(predicted + 1) % 3], values[image][(predicted + 2) % 3] = left * 0.75, left * 0.25
    return values


@pytest.fixture
def make(tmp_path):
    """`make(*blocks, probabilities=True)`: a rung of files with the scores of these seeds."""

    def make(*blocks, probabilities=True):
        paths = []
        for number, seeds in enumerate(blocks):
            paths.append(str(tmp_path / f"{len(blocks) - number}.parquet"))  # not in the order of their names
            by_seed = {seed: scores_of(seed) for seed in seeds}
            scores.write(paths[-1], CLASSES, LABELS, by_seed, probabilities)
        return rung.Rung("net", paths)

    return make


def test_the_files_are_read_in_the_order_of_their_seeds(make):
    assert list(make([0], [1, 2], [10]).tallies) == list(make([10], [1, 2], [0]).tallies) == [0, 1, 2, 10]


def test_a_rung_knows_its_images_and_classes(make):
    net = make([0, 1])
    assert (net.name, net.images, net.classes, net.probabilities) == ("net", 5, CLASSES, True)


@pytest.mark.parametrize("at_a_time", [1, 2, 5, 9])
def test_seeds_vote_and_each_is_right_or_wrong(make, at_a_time):
    net = make([0, 1], [2, 10])
    blocks = [net.add(first, first + at_a_time) for first in range(0, 5, at_a_time)]
    labels, votes, right = (
        np.concatenate([getattr(block, name) for block in blocks]) for name in ("labels", "votes", "right")
    )
    assert labels.tolist() == LABELS.tolist()
    expected = np.stack([np.bincount(predicted, minlength=3) for predicted in zip(*PREDICTIONS.values(), strict=True)])
    np.testing.assert_array_equal(votes, expected)
    # A column a seed, in the order 0, 1, 2, 10.
    assert right.tolist() == [
        [predicted[image] == label for predicted in PREDICTIONS.values()] for image, label in enumerate(LABELS)
    ]
    assert right.sum(1).tolist() == [4, 2, 1, 0, 0]
    assert right.sum(0).tolist() == [2, 2, 1, 2]
    assert right.dtype == bool
    assert net.right.tolist() == [2, 1, 1, 0, 1]  # images that 0, 1, 2, 3 and 4 seeds are right on
    assert net.right.dtype == np.int64
    assert list(net.accuracies.items()) == [(0, 2 / 5), (1, 2 / 5), (2, 1 / 5), (10, 2 / 5)]


def expected_mistakes(seeds, probabilities=True):
    """Images that a seed gets wrong, by plain NumPy: number, loss, score, rival class and its score, wrong seeds."""
    by_seed = np.stack([scores_of(seed) for seed in seeds])
    losses = np.mean([tallies.losses(LABELS, values, probabilities) for values in by_seed], axis=0)
    rows = []
    for image in range(5):
        wrong = sum(PREDICTIONS[seed][image] != LABELS[image] for seed in seeds)
        mean = by_seed[:, image].mean(0)
        rival = max((label for label in range(3) if label != LABELS[image]), key=lambda label: mean[label])
        if wrong:
            rows.append((image, losses[image], mean[LABELS[image]], CLASSES[rival], mean[rival], wrong))
    return sorted(rows, key=lambda row: -row[1])


@pytest.mark.parametrize("at_a_time", [1, 3, 5])
@pytest.mark.parametrize("probabilities", [True, False])
def test_the_mistakes_are_the_worst_first(make, at_a_time, probabilities):
    net = make([0], [1, 2], probabilities=probabilities)
    for first in range(0, 5, at_a_time):
        net.add(first, first + at_a_time)
    rows = net.mistake_rows()
    expected = expected_mistakes([0, 1, 2], probabilities)
    assert len(expected) == 4
    assert [(row["rank"], row["image"], row["predicted"], row["wrong"]) for row in rows] == [
        (rank, image, rival, wrong) for rank, (image, _, _, rival, _, wrong) in enumerate(expected, start=1)
    ]
    for row, (image, loss, score, _, predicted_score, _) in zip(rows, expected, strict=True):
        assert (row["variant"], row["seeds"], row["class"]) == ("net", 3, CLASSES[LABELS[image]])
        assert (row["loss"], row["score"], row["predicted_score"]) == pytest.approx((loss, score, predicted_score))


def test_of_equal_mistakes_the_first_images_are_kept(tmp_path):
    labels, values = np.zeros(60, np.int64), np.tile([0.25, 0.75], (60, 1))
    values[[7, 41]] = 0.125, 0.875
    scores.write(tmp_path / "net", ["a", "b"], labels, {0: values}, True)
    for at_a_time in (1, 30, 60):
        net = rung.Rung("net", [str(tmp_path / "net")])
        for first in range(0, 60, at_a_time):
            net.add(first, first + at_a_time)
        assert [row["image"] for row in net.mistake_rows()] == [7, 41, *(n for n in range(19) if n != 7)]
        assert rung.WORST == 20


def test_calibration_is_of_all_seeds_and_of_probabilities_alone(make):
    net = make([0, 1], [2])
    net.add(0, 5)
    rows = net.calibration_rows()
    assert {row["variant"] for row in rows} == {"net"}
    assert sum(row["images"] for row in rows) == pytest.approx(5)
    distances = make([0], probabilities=False)
    distances.add(0, 5)
    assert distances.calibration_rows() == []
    assert distances.tallies[0].calibration.sum() == 0
