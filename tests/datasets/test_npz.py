from functools import partial

import numpy as np
import pytest
from safetensors.numpy import load_file

from ladder.datasets import npz
from ladder.errors import LadderError

KERAS = ("x_train", "y_train", "x_test", "y_test")
MEDMNIST = ("train_images", "train_labels", "val_images", "val_labels")


def arrays(shape=(8, 8), train=12, valid=6, classes=3, seed=0):
    random = np.random.default_rng(seed)
    return [
        array
        for count in (train, valid)
        for array in (random.integers(0, 256, (count, *shape), dtype=np.uint8), np.arange(count) % classes)
    ]


@pytest.fixture
def saved(tmp_path):
    def save(names=KERAS, values=None, **more):
        np.savez_compressed(tmp_path / "images.npz", **dict(zip(names, arrays() if values is None else values)), **more)
        return str(tmp_path / "images.npz")

    return save


@pytest.mark.parametrize("names", [KERAS, MEDMNIST], ids=["Keras", "MedMNIST"])
@pytest.mark.parametrize("shape", [(8, 8), (8, 6, 1), (8, 6, 3)], ids=str)
def test_the_tensors_are_the_arrays(tmp_path, saved, tensorized, names, shape):
    values = arrays(shape)
    made = tensorized(tmp_path, partial(npz.entries, saved(names, values)))
    assert made.found["images"] == {"train": 12, "valid": 6}
    assert made.found["classes"] == ["0", "1", "2"]
    for split, images, labels in (("train", *values[:2]), ("valid", *values[2:])):
        tensors = load_file(getattr(made, split))
        order = np.argsort(labels, kind="stable")  # the classes in their order, and the images of each in theirs
        expected = images[order]
        if len(shape) == 3:
            expected = expected[..., 0] if shape[2] == 1 else np.moveaxis(expected, 3, 1)
        np.testing.assert_array_equal(tensors["images"], expected)
        np.testing.assert_array_equal(tensors["labels"], labels[order])


def test_many_images_are_read_block_by_block(saved, monkeypatch):
    monkeypatch.setattr(npz, "BUFFER", 200)  # three images of 64 bytes, so that the last block is a short one
    values = arrays(train=13)
    entries = list(npz.entries(saved(values=values)))
    np.testing.assert_array_equal([entry.read() for entry in entries[:13]], values[0])
    assert [entry.label for entry in entries[:13]] == [str(label) for label in values[1]]


def test_validation_images_are_taken_before_test_images(saved):
    values = arrays(valid=4)
    path = saved(MEDMNIST, values, test_images=values[0], test_labels=values[1])
    assert sum(entry.folder.path == "valid" for entry in npz.entries(path)) == 4


@pytest.mark.parametrize(
    "labels",
    [np.array(["cat", "dog", "NA"] * 4), np.array([["cat"], ["dog"], ["NA"]] * 4), np.array([7, 8, 250] * 4, np.uint8)],
    ids=["text", "column", "bytes"],
)
def test_labels_are_names(saved, labels):
    values = arrays()
    values[1] = labels
    assert [entry.label for entry in npz.entries(saved(values=values))][:12] == labels.astype(str).ravel().tolist()


def refused(path):
    with pytest.raises(LadderError) as caught:
        list(npz.entries(path))
    return str(caught.value).removeprefix(f"{path}: ")


def test_another_shape_or_type_is_refused(saved):
    images, labels, *valid = arrays()
    wanted = "images are uint8 [n, height, width] or [n, height, width, 3], with values from 0 to 255"
    for wrong in (images / 255, images[..., None].repeat(4, 3), images[0]):
        shape = ", ".join(map(str, wrong.shape))
        assert refused(saved(values=[wrong, labels, *valid])) == f"x_train is {wrong.dtype} [{shape}]; {wanted}"
    assert refused(saved(values=[images, labels[:5], *valid])) == "x_train has 12 images, but there are 5 labels"
    assert refused(saved(values=[np.asfortranarray(images), labels, *valid])) == (
        "x_train is in Fortran's order; save np.ascontiguousarray of it"
    )
    assert refused(saved(values=[images, np.eye(3)[labels], *valid])) == (
        "y_train is float64 [12, 3]; labels are [n], whole numbers or text, one an image"
    )


def test_a_pickle_is_refused_unread(saved):
    images, labels, *valid = arrays()
    assert refused(saved(values=[images, labels.astype(object), *valid])) == (
        "y_train is pickled, and a pickle can run code; save it as numbers or as text (dtype U)"
    )


def test_arrays_that_are_missing_are_named(saved):
    assert refused(saved(("a", "b"), arrays())) == (
        "no arrays for the train split; expected x_train and y_train, or train_images and train_labels; there are a, b"
    )


def test_a_damaged_file_is_refused(saved, tmp_path):
    whole = (tmp_path / saved()).read_bytes()
    for cut in (0, 10, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut.npz").write_bytes(whole[:cut])
        assert refused(str(tmp_path / "cut.npz")).startswith("no whole .npz file (")
    assert refused(str(tmp_path / "gone.npz")).startswith("no whole .npz file (")
