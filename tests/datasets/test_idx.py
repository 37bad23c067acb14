import gzip
import struct

import numpy as np
import pytest
from safetensors.numpy import load_file

from ladder.datasets import idx
from ladder.errors import LadderError

ORIGINAL = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def encoded(values):
    return bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


@pytest.fixture
def values():
    random = np.random.default_rng(0)
    return [
        array.astype(np.uint8)
        for count in (12, 6)
        for array in (random.integers(0, 256, (count, 5, 4)), np.arange(count) % 3)
    ]


@pytest.fixture
def written(tmp_path, values):
    def written(names=ORIGINAL, change=lambda data: data):
        for name, array in zip(names, values):
            data = change(encoded(array))
            (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return str(tmp_path)

    return written


@pytest.mark.parametrize(
    "names",
    [
        ORIGINAL,
        tuple(f"{name}.gz" for name in ORIGINAL),
        tuple(name.replace("-idx", ".idx") for name in ORIGINAL),
        tuple(f"emnist-letters-{name}".replace("t10k", "test") for name in ORIGINAL),
    ],
    ids=["original", "gzipped", "with a dot", "EMNIST"],
)
@pytest.mark.parametrize("is_list", [False, True])
def test_the_tensors_are_the_files(tmp_path, written, values, tensorized, names, is_list):
    place = written(names)
    made = tensorized(tmp_path / "made", idx.stacks([f"{place}/{name}" for name in names] if is_list else place))
    for split, images, labels in (("train", *values[:2]), ("valid", *values[2:])):
        tensors = load_file(getattr(made, split))
        np.testing.assert_array_equal(tensors["images"], images)
        np.testing.assert_array_equal(tensors["labels"], labels)
    assert open(made.index).read().splitlines()[2] == f"train,1,{names[0].partition('.')[0]}[1],1"


def test_images_are_read_block_by_block(written, values, monkeypatch):
    monkeypatch.setattr(idx, "BLOCK", 100)  # five images of 20 bytes
    blocks = list(idx.stacks(written())[0].blocks())
    assert [len(block) for block in blocks] == [5, 5, 2]
    np.testing.assert_array_equal(np.concatenate(blocks), values[0])


def refusal(location):
    with pytest.raises(LadderError) as caught:
        for stack in idx.stacks(location):
            list(stack.blocks())
    return str(caught.value)


def test_what_is_no_idx_file_is_named(written, tmp_path):
    place = written()
    images, labels = tmp_path / ORIGINAL[0], tmp_path / ORIGINAL[1]
    whole = images.read_bytes()
    images.write_bytes(whole[:-3])
    assert refusal(place) == f"{images}: not a complete IDX file: 3 bytes are missing at its end"
    images.write_bytes(b"text")
    assert refusal(place) == f"{images}: no IDX file of 3 axes of bytes; it begins with 74 65 78 74"
    images.write_bytes(gzip.compress(whole)[:-9])
    assert refusal(place).startswith(f"{images}: not a complete IDX file (")
    images.write_bytes(whole)
    labels.write_bytes(encoded(np.zeros(3, np.uint8)))
    assert refusal(place) == f"{images}: 12 images, but {ORIGINAL[1]} has 3 labels"
    (tmp_path / f"{ORIGINAL[0]}.gz").write_bytes(gzip.compress(whole))
    assert refusal(place) == f"{images} and {ORIGINAL[0]}.gz both hold the same images or labels; remove one"


@pytest.mark.parametrize("place", ["empty", "gone"])
def test_a_folder_without_the_files_says_what_is_expected(tmp_path, place):
    (tmp_path / "empty").mkdir()
    assert refusal(str(tmp_path / place)) == (
        f"{tmp_path}/{place}: no IDX files of the training images; expected a folder with train-images-idx3-ubyte and "
        "train-labels-idx1-ubyte, with .gz or without; there are no files"
    )
