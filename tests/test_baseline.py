import csv
import importlib
from functools import partial

import numpy as np
import pytest
from safetensors.numpy import load_file
from sklearn.linear_model import LogisticRegression

from ladder import baseline, metrics
from ladder.baselines import knn, logistic, pixel_l1
from ladder.config import contracts
from ladder.datasets import archive as archives
from ladder.evaluation.tallies import Tally
from ladder.formats import scores, tensors
from ladder.formats.tensors import Split
from ladder.images import means
from ladder.provenance import source_code

NAMES = ["majority", "pixel_l1", "pixel_l2"]
PIXELS = NAMES[1:]


def written(tensors, folder):
    """Paths of the files that `write_baseline` wrote."""
    scored = {name: str(folder / f"{name}.parquet") for name in NAMES}
    costs = {name: str(folder / f"{name}.csv") for name in NAMES}
    baseline.write_baseline(NAMES, tensors.train, tensors.valid, str(folder / "means"), scored, costs)
    return str(folder / "means"), scored, costs


def plain_distances(train, labels, valid):
    """L1 and L2 [n, classes] by the book: means over images, then over pixels."""
    train, valid = train / 255, valid / 255
    means = np.stack([train[labels == label].mean(0) for label in range(labels.max() + 1)])
    difference = (valid[:, None] - means[None]).reshape(len(valid), len(means), -1)
    return means, {"pixel_l1": np.abs(difference).mean(2), "pixel_l2": np.sqrt((difference**2).mean(2))}


@pytest.fixture(scope="module")
def of_sample(sample, tmp_path_factory):
    return written(sample, tmp_path_factory.mktemp("baseline"))


def test_l1_reaches_the_chapters_accuracy(of_sample):
    about, seeds = scores.read(of_sample[1]["pixel_l1"])
    assert (about.classes, about.probabilities, list(seeds)) == (["3", "7"], False, [0])
    tally = Tally.of(*seeds[0], False)
    assert metrics.recall(tally).round(4).tolist() == [0.9168, 0.9854]
    assert round(metrics.balanced_accuracy(tally), 4) == 0.9511


def test_the_real_means_are_those_of_plain_numpy(of_sample, sample):
    read = load_file(sample.train)
    means, _ = plain_distances(read["images"], read["labels"], read["images"][:1])
    written_means = load_file(of_sample[0])["means"]
    assert (written_means.dtype, written_means.shape) == (np.float32, (2, 28, 28))
    np.testing.assert_allclose(written_means, means, rtol=1e-6)


@pytest.mark.parametrize(
    ("classes", "shape"), [("37", (8, 8)), ("0123456789", (5, 7)), ("ab", (6, 4, 3)), ("abc", (4, 4, 3))]
)
def test_scores_are_the_distances_negated(tmp_path, noise, tensorized, write_tar, classes, shape):
    files = noise(classes, train=7, valid=4, shape=shape)
    made = tensorized(tmp_path, partial(archives.entries, str(write_tar(tmp_path / "a.tgz", files))))
    means, scored, costs = written(made, tmp_path)
    train, valid = load_file(made.train), load_file(made.valid)
    expected_means, distances = plain_distances(train["images"], train["labels"], valid["images"])
    np.testing.assert_allclose(load_file(means)["means"], expected_means, rtol=1e-6)
    for name in PIXELS:
        about, seeds = scores.read(scored[name])
        labels, values = seeds[0]
        assert (about.classes, about.probabilities) == (list(classes), False)
        assert labels.tolist() == valid["labels"].tolist()
        np.testing.assert_allclose(values, -distances[name], rtol=1e-12)
        cost = next(csv.DictReader(open(costs[name])))
        assert (cost["variant"], cost["seed"], cost["device"]) == (name, "0", "cpu")
        assert int(cost["parameters"]) == len(classes) * np.prod(shape)
        assert {cost[name] for name in ("gpu", "driver", "peak_gpu_megabytes")} == {""}


def majority_of(tmp_path, noise, tensorized, write_tar, counts, valid=3):
    """Scores of `majority`, and its costs, where the classes have so many training images."""
    files = {path: png for name in counts for path, png in noise((name,), train=counts[name], valid=valid).items()}
    made = tensorized(tmp_path, partial(archives.entries, str(write_tar(tmp_path / "a.tgz", files))))
    _, scored, costs = written(made, tmp_path)
    return *scores.read(scored["majority"]), next(csv.DictReader(open(costs["majority"])))


def test_the_majority_is_the_most_frequent_training_class_for_every_image(tmp_path, noise, tensorized, write_tar):
    about, seeds, cost = majority_of(tmp_path, noise, tensorized, write_tar, {"a": 2, "b": 5, "c": 1})
    labels, values = seeds[0]
    assert (about.classes, about.probabilities, list(seeds)) == (["a", "b", "c"], True, [0])
    assert values.tolist() == [[2 / 8, 5 / 8, 1 / 8]] * 9
    tally = Tally.of(labels, values)
    assert tally.confusion.tolist() == [[0, 3, 0]] * 3
    assert metrics.log_loss(tally) == pytest.approx(-np.log(np.array([2, 5, 1]) / 8).mean())
    assert metrics.calibration_error(tally) == pytest.approx(5 / 8 - 1 / 3)
    assert (cost["variant"], cost["parameters"], cost["device"]) == ("majority", "3", "cpu")


def test_of_equally_frequent_classes_the_first_is_the_majority(tmp_path, noise, tensorized, write_tar):
    _, seeds, _ = majority_of(tmp_path, noise, tensorized, write_tar, {"a": 1, "b": 3, "c": 3})
    assert seeds[0][1].argmax(1).tolist() == [1] * 9


def test_the_majority_of_the_sample_is_the_class_7(of_sample):
    labels, values = scores.read(of_sample[1]["majority"])[1][0]
    assert values[0].tolist() == [6131 / 12396, 6265 / 12396]
    assert np.mean(values.argmax(1) == labels) == 1028 / 2038


def test_distances_by_hand():
    images = np.array([[[0.0, 1.0], [0.5, 0.5]], [[1.0, 1.0], [1.0, 1.0]]])
    mean = np.array([[0.0, 0.0], [0.5, 1.0]])
    np.testing.assert_allclose(means.l1(images, mean), [1.5 / 4, 2.5 / 4])
    np.testing.assert_allclose(means.l2(images, mean), [np.sqrt(1.25) / 2, 1.5 / 2])


def test_pieces_of_a_file_make_up_the_whole(learnable):
    whole, split = load_file(learnable.train), Split(learnable.train)
    parts = list(split.chunks(7))
    assert [len(images) for images, _ in parts] == [7] * 13 + [5]
    np.testing.assert_array_equal(np.concatenate([images for images, _ in parts]), whole["images"])
    np.testing.assert_array_equal(np.concatenate([labels for _, labels in parts]), whole["labels"])
    np.testing.assert_array_equal(split.labels, whole["labels"])
    assert (split.count, split.size) == (len(whole["labels"]), whole["images"].size)


def test_the_size_of_the_pieces_changes_no_bit(learnable, monkeypatch):
    at_once = means.class_means(Split(learnable.train))
    monkeypatch.setattr(tensors, "CHUNK", 7)
    assert means.class_means(Split(learnable.train)).tobytes() == at_once.tobytes()


def test_files_are_the_same_bytes_twice(learnable, tmp_path):
    once, twice = (written(learnable, tmp_path / name) for name in ("once", "twice"))
    for name in NAMES:
        assert open(once[1][name], "rb").read() == open(twice[1][name], "rb").read()
    assert open(once[0], "rb").read() == open(twice[0], "rb").read()


def test_a_line_tells_the_accuracy(learnable, tmp_path, capsys):
    written(learnable, tmp_path)
    assert capsys.readouterr().out == (
        "majority: accuracy 0.5000 on 32 validation images\n"
        "pixel_l1: accuracy 1.0000 on 32 validation images\npixel_l2: accuracy 1.0000 on 32 validation images\n"
    )


class Clock:
    """Stands for the module `time`."""

    now = 0.0

    def perf_counter(self):
        return self.now

    process_time = perf_counter


def test_costs_are_in_seconds_and_in_microseconds_an_image(learnable, tmp_path, monkeypatch):
    clock = Clock()

    def after(seconds, module, function):
        fast = getattr(module, function)

        def slow(*arguments):
            clock.now += seconds
            return fast(*arguments)

        monkeypatch.setattr(module, function, slow)

    monkeypatch.setattr(baseline, "time", clock)
    after(2, pixel_l1, "fit")
    after(0.004, pixel_l1, "scores")  # for 32 images
    _, _, costs = written(learnable, tmp_path)
    (cost,) = csv.DictReader(open(costs["pixel_l1"]))
    assert float(cost["train_seconds"]) == 2
    assert float(cost["microseconds_per_image"]) == pytest.approx(125)
    assert float(cost["cpu_seconds"]) == pytest.approx(2.004)
    assert int(cost["parameters"]) == 2 * 8 * 8  # a mean image a class


@pytest.mark.parametrize("name", source_code.modules("baselines"))
def test_the_contract_of_a_baseline(name, learnable):
    """Every file of the folder has what the stage needs, with pieces of any size."""
    assert list(contracts.of_baseline(name)) == []
    module = importlib.import_module(f"ladder.baselines.{name}")
    images = load_file(learnable.valid)["images"]
    state = module.fit(Split(learnable.train))
    values = module.scores(state, images)
    assert (values.shape, values.dtype) == ((len(images), 2), np.float64)
    assert sum(value.size for value in state.values()) > 0
    np.testing.assert_array_equal(
        np.concatenate([module.scores(state, part) for part in (images[:5], images[5:])]), values
    )
    if getattr(module, "PROBABILITIES", False):
        np.testing.assert_allclose(values.sum(1), 1)


@pytest.mark.parametrize("block", [1, 2, 7, 4096])
def test_the_nearest_neighbours_are_those_of_plain_numpy(learnable, monkeypatch, block):
    monkeypatch.setattr(knn, "PIXELS", block * 8 * 8)
    train, valid = load_file(learnable.train), load_file(learnable.valid)["images"]
    apart = valid.astype(int).reshape(len(valid), 1, -1) - train["images"].astype(int).reshape(
        1, len(train["labels"]), -1
    )
    nearest = np.argsort((apart**2).sum(2), axis=1, kind="stable")[:, : knn.K]
    shares = np.stack([(train["labels"][nearest] == label).mean(1) for label in range(2)], axis=1)
    np.testing.assert_array_equal(knn.scores(knn.fit(Split(learnable.train)), valid), shares)


@pytest.mark.parametrize("block", [1, 3, 4096])
def test_of_training_images_at_the_same_distance_the_first_is_the_nearest(tmp_path, monkeypatch, block):
    monkeypatch.setattr(knn, "PIXELS", block * 2)
    random = np.random.default_rng(0)
    images, labels = random.integers(0, 2, (40, 1, 2), dtype=np.uint8), random.integers(0, 3, 40)
    head, _, _ = tensors.layout(
        {"images": (np.uint8, images.shape), "labels": (np.int64, (40,))}, {"classes": [*"abc"]}
    )
    (tmp_path / "train").write_bytes(head + labels.tobytes() + images.tobytes())
    apart = np.square(images.reshape(1, 40, 2).astype(int) - images.reshape(40, 1, 2)).sum(2)
    nearest = np.argsort(apart, axis=1, kind="stable")[:, : knn.K]
    shares = np.stack([(labels[nearest] == label).mean(1) for label in range(3)], axis=1)
    np.testing.assert_array_equal(knn.scores(knn.fit(Split(tmp_path / "train")), images), shares)


@pytest.mark.parametrize("classes", ["ab", "abc"])
def test_logistic_regression_is_scikit_learns(tmp_path, noise, tensorized, write_tar, classes):
    files = noise(classes, train=20, valid=6, shape=(5, 4))
    made = tensorized(tmp_path, partial(archives.entries, str(write_tar(tmp_path / "a.tgz", files))))
    train, valid = (load_file(path) for path in (made.train, made.valid))
    x_train, x_valid = (part["images"].reshape(len(part["labels"]), -1) / np.float32(255) for part in (train, valid))
    expected = LogisticRegression(max_iter=logistic.STEPS).fit(x_train, train["labels"]).predict_proba(x_valid)
    values = logistic.scores(logistic.fit(Split(made.train)), valid["images"])
    np.testing.assert_allclose(values, expected, rtol=1e-4, atol=1e-6)


def test_logistic_regression_is_the_same_in_any_number_of_threads(learnable, monkeypatch):
    once = logistic.fit(Split(learnable.train))
    limits = []
    limited = logistic.threadpool_limits
    monkeypatch.setattr(logistic, "threadpool_limits", lambda *args: limits.append(args) or limited(*args))
    monkeypatch.setattr(tensors, "CHUNK", 7)
    again = logistic.fit(Split(learnable.train))
    assert limits == [(1, "blas")]
    assert {name: array.tobytes() for name, array in again.items()} == {
        name: array.tobytes() for name, array in once.items()
    }
