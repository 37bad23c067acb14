import csv
import tracemalloc

import numpy as np
import pytest
from safetensors.numpy import load_file

from ladder.datasets import npz
from ladder.errors import LadderError
from ladder.images import pixels

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
    made = tensorized(tmp_path, npz.stacks(saved(names, values)))
    assert made.returned["images"] == {"train": 12, "valid": 6}
    assert made.returned["classes"] == ["0", "1", "2"]
    for split, images, labels in (("train", *values[:2]), ("valid", *values[2:])):
        tensors = load_file(getattr(made, split))
        if len(shape) == 3:
            images = images[..., 0] if shape[2] == 1 else np.moveaxis(images, 3, 1)
        np.testing.assert_array_equal(tensors["images"], images)
        np.testing.assert_array_equal(tensors["labels"], labels)
    lines = open(made.index).read().splitlines()
    assert lines[1] == f"train,0,{names[0]}[0],0"
    assert lines[-1] == f"valid,5,{names[2]}[5],2"


def test_many_images_are_read_block_by_block(tmp_path, saved, tensorized, monkeypatch):
    monkeypatch.setattr(npz, "BLOCK", 200)  # three images of 64 bytes, so that the last block is short
    values = arrays(train=13)
    stack = npz.stacks(saved(values=values))[0]
    assert [len(block) for block in stack.blocks()] == [3, 3, 3, 3, 1]
    made = tensorized(tmp_path, npz.stacks(saved(values=values)))
    np.testing.assert_array_equal(load_file(made.train)["images"], values[0])


def test_test_images_beside_validation_images_are_a_split_of_their_own(tmp_path, saved, tensorized):
    values = arrays(valid=4)
    made = tensorized(tmp_path, npz.stacks(saved(MEDMNIST, values, test_images=values[0], test_labels=values[1])))
    assert made.returned["images"] == {"train": 12, "valid": 4, "test": 12}
    assert "test_for_validation" not in made.returned
    np.testing.assert_array_equal(load_file(made.test)["images"], values[0])


def test_test_images_serve_for_validation_where_there_are_no_others(tmp_path, saved, tensorized):
    assert tensorized(tmp_path, npz.stacks(saved())).returned["test_for_validation"]


def test_validation_images_are_drawn_from_the_training_images(tmp_path, saved, tensorized):
    values = arrays(train=30)
    made = tensorized(tmp_path, npz.stacks(saved(values=values)), valid_fraction=0.2, split_seed=1)
    assert made.returned["images_per_class"] == {
        "train": {"0": 8, "1": 8, "2": 8},
        "valid": {"0": 2, "1": 2, "2": 2},
        "test": {"0": 2, "1": 2, "2": 2},
    }
    assert made.returned["drawn"] == {"shares": {"valid": 0.2}, "seed": 1, "groups": None}
    with open(made.index, newline="") as file:
        rows = list(csv.DictReader(file))
    for split in ("train", "valid"):
        numbers = [int(row["path"].removeprefix("x_train[")[:-1]) for row in rows if row["split"] == split]
        np.testing.assert_array_equal(load_file(getattr(made, split))["images"], values[0][numbers])
        np.testing.assert_array_equal(load_file(getattr(made, split))["labels"], values[1][numbers])


@pytest.mark.parametrize(
    "labels",
    [np.array(["cat", "dog", "NA"] * 4), np.array([["cat"], ["dog"], ["NA"]] * 4), np.array([7, 8, 250] * 4, np.uint8)],
    ids=["text", "column", "bytes"],
)
def test_labels_are_names(tmp_path, saved, tensorized, labels):
    values = arrays()
    values[1], values[3] = labels, labels[:6]
    made = tensorized(tmp_path, npz.stacks(saved(values=values)))
    names = np.array(made.returned["classes"])
    assert names[load_file(made.train)["labels"]].tolist() == labels.astype(str).ravel().tolist()


def test_memory_is_that_of_a_block(tmp_path, saved, tensorized):
    def peak(images):
        path = saved(values=arrays((128, 128), train=images, valid=300))
        tracemalloc.start()
        tensorized(tmp_path, npz.stacks(path))
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    assert peak(2_000) < peak(1_000) + 1e6  # the array has 16 MB more


def refused(path):
    with pytest.raises(LadderError) as caught:
        list(npz.stacks(path))
    return str(caught.value).removeprefix(f"{path}: ")


def test_another_shape_or_type_is_refused(saved):
    images, labels, *valid = arrays()
    wanted = "images are uint8 [n, height, width] or [n, height, width, 3], with values from 0 to 255"
    for wrong in (images / 255, images[..., None].repeat(4, 3), images[0]):
        shape = ", ".join(map(str, wrong.shape))
        assert refused(saved(values=[wrong, labels, *valid])) == f"x_train is {wrong.dtype} [{shape}]; {wanted}"
    assert refused(saved(values=[images, labels[:5], *valid])) == "x_train has 12 images, but y_train has 5 labels"
    assert refused(saved(values=[np.asfortranarray(images), labels, *valid])) == (
        "x_train is in Fortran's order; save np.ascontiguousarray of it"
    )
    assert refused(saved(values=[images, np.eye(3)[labels], *valid])) == (
        "y_train is float64 [12, 3]; labels are [n], whole numbers or text, one per image"
    )


def test_a_pickle_is_refused_unread(saved):
    images, labels, *valid = arrays()
    assert refused(saved(values=[images, labels.astype(object), *valid])) == (
        "y_train is pickled, and a pickle can run code; save it as numbers or as text (dtype U)"
    )


def test_data_sets_that_lack_something_are_refused(tmp_path, saved, tensorized):
    images, labels, *valid = arrays()
    for values, settings, sentence in (
        ([images, labels], {}, "no validation images; `valid_fraction: 0.2` of the dataset draws some from the others"),
        (
            [images, labels, *arrays((9, 8))[2:]],
            {},
            "images of one shape are needed, but there are x_train of [8, 8] and ",
        ),
        (
            [images, labels, valid[0], valid[1] + 1],
            {},
            "class '0' is in the train split only; every class needs images ",
        ),
        ([images, labels * 0, valid[0], valid[1] * 0], {}, "only one class, '0'; "),
        ([images, labels, *valid], {"test_fraction": 0.2}, "test_fraction: the data have test images; leave "),
    ):
        with pytest.raises(LadderError) as caught:
            tensorized(tmp_path / "made", npz.stacks(saved(values=values)), **settings)
        assert str(caught.value).startswith(sentence)
        assert list(tmp_path.glob("made/*")) == []


def test_arrays_that_are_missing_are_named(saved):
    assert refused(saved(("a", "b"), arrays())) == (
        "no training images; expected x_train and y_train, or train_images and train_labels; there are a, b"
    )


def test_a_damaged_file_is_refused(saved, tmp_path):
    whole = (tmp_path / saved()).read_bytes()
    for cut in (0, 10, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut.npz").write_bytes(whole[:cut])
        assert refused(str(tmp_path / "cut.npz")).startswith("not a complete .npz file (")
    assert refused(str(tmp_path / "gone.npz")).startswith("not a complete .npz file (")


def test_arrays_of_several_sizes_and_colours_are_made_alike(tmp_path, saved, tensorized):
    images, labels, *_ = arrays((8, 6))
    path = saved(values=[images, labels, *arrays((12, 12, 3))[2:]])
    made = tensorized(tmp_path, npz.stacks(path), pixels=pixels.of({"size": [4, 4]}, "grey"))
    assert load_file(made.train)["images"].shape == (12, 4, 4)
    assert load_file(made.valid)["images"].shape == (6, 4, 4)
    assert made.returned["converted"]["resized"] == 18
    assert made.returned["converted"]["grey"] == 6
    made = tensorized(
        tmp_path, npz.stacks(saved(values=[images, labels, images, labels])), pixels=pixels.of(colour="rgb")
    )
    np.testing.assert_array_equal(load_file(made.train)["images"], np.repeat(images[:, None], 3, 1))
