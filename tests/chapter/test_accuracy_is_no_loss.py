from functools import partial

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from ladder import losses
from ladder.chapter import accuracy_is_no_loss
from ladder.datasets import folder
from ladder.formats.tensors import Split
from ladder.images.means import class_means


def experiment(data, classes, **changes):
    means, labels = class_means(Split(data.train)), load_file(data.train)["labels"]
    settings = {"seed": 0, "factor": 1.0001} | changes
    return accuracy_is_no_loss.experiment(data.train, means, labels, **settings)


def test_on_real_digits_the_accuracy_stays_and_both_losses_move(tiny, one_thread):
    facts, _ = experiment(tiny, 2)
    before, (first, significant) = facts["before"], facts["after"]
    assert significant["outputs_moved"] > 0
    assert significant["predictions_changed"] == 0
    assert significant["right"] == before["right"]
    for loss in ("mnist_loss", "mse"):
        assert significant[loss] != before[loss]
        assert significant[loss] == pytest.approx(before[loss], rel=1e-3)
    # The corner is blank in every image: its weight changes no output.
    assert first["pixel_mean"] == 0
    assert first["outputs_moved"] == 0
    assert all(first[name] == value for name, value in before.items())


def test_the_most_significant_pixel_is_that_of_the_mean_of_all_images(tiny):
    arrays = load_file(tiny.train)
    means = class_means(Split(tiny.train))
    where = accuracy_is_no_loss.most_significant(means, arrays["labels"])
    mean = arrays["images"].mean(axis=0)
    assert mean[where] == mean.max()


def test_classes_count_by_their_images():
    means = np.array([[[0.6, 0.0]], [[0.0, 1.0]]])
    assert accuracy_is_no_loss.most_significant(means, np.array([0, 0, 0, 1])) == (0, 0)
    assert accuracy_is_no_loss.most_significant(means, np.array([0, 1])) == (0, 1)


def test_what_is_judged_is_a_linear_model(tiny, one_thread):
    facts, rows = experiment(tiny, 2)
    arrays = load_file(tiny.train)
    weights, bias = accuracy_is_no_loss.random_model(784, 1, torch.Generator().manual_seed(0))
    outputs = (arrays["images"].reshape(-1, 784) / 255) @ weights.numpy() + bias.numpy()
    right = ((outputs[:, 0] <= 0) == arrays["labels"]).sum()
    assert facts["before"]["right"] == right
    targets = torch.from_numpy(arrays["labels"] == 0)[:, None].double()
    assert facts["before"]["mse"] == pytest.approx(losses.mse(torch.from_numpy(outputs), targets).item())
    middle = rows[len(rows) // 2]
    assert middle["change"] == 0
    assert middle["accuracy"] == facts["before"]["accuracy"]


def test_the_sweep_has_stairs_for_the_accuracy_and_none_for_the_losses(tiny, one_thread):
    _, rows = experiment(tiny, 2)
    assert 2 < len({row["accuracy"] for row in rows}) < len(rows) / 2
    for loss in ("mnist_loss", "mse"):
        assert len({row[loss] for row in rows}) == len(rows)


@pytest.fixture(params=["ten", "colour"])
def data(request, tmp_path, noise, write_folder, tensorized):
    classes = tuple("0123456789") if request.param == "ten" else ("cat", "dog")
    files = noise(classes, train=4, valid=2, shape=(12, 10, 3) if request.param == "colour" else (8, 8))
    root = write_folder(tmp_path / "images", files)
    return tensorized(tmp_path, partial(folder.entries, str(root))), classes


def test_ten_classes_and_colour_work(data, one_thread):
    tensors, classes = data
    facts, rows = experiment(tensors, len(classes))
    assert facts["outputs"] == (1 if len(classes) == 2 else 10)
    assert facts["images"] == 4 * len(classes)
    significant = facts["after"][1]
    assert len(significant["where"]) == (3 if len(classes) == 2 else 2)
    assert significant["mnist_loss"] != facts["before"]["mnist_loss"]
    assert len(rows) == accuracy_is_no_loss.POINTS


def test_the_whole_chapter_is_written_for_them(data, chapter_of):
    tensors, classes = data
    chapter = chapter_of(tensors)
    assert chapter.facts["classes"] == list(classes)
    assert [row["class"] for row in chapter.facts["distances"]["classes"]] == list(classes)
    image = load_file(tensors.train)["images"][chapter.facts["image"]["number"]]
    grey = image if image.ndim == 2 else image.mean(axis=0).round()
    shown = chapter.pixels.set_index("row")
    assert np.array_equal(shown.to_numpy(), grey[np.ix_(shown.index, shown.columns.astype(int))])
