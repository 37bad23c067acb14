from functools import partial

import numpy as np
import pytest
from safetensors.numpy import load_file
from sklearn.datasets import load_digits

from ladder.datasets import sklearn_digits
from ladder.errors import LadderError


def digits(valid_fraction=0.2, split_seed=0):
    return list(sklearn_digits.entries(None, valid_fraction, split_seed))


def split_of(entries):
    return [entry.folder.path for entry in entries]


@pytest.mark.parametrize("fraction", [0.2, 0.5])
def test_each_class_gives_the_same_share_to_validation(fraction):
    entries = digits(fraction)
    assert len(entries) == 1_797
    assert sum(entry.folder.path == "valid" for entry in entries) == np.ceil(1_797 * fraction)
    for label in "0123456789":
        members = [entry.folder.path for entry in entries if entry.label == label]
        assert abs(members.count("valid") - fraction * len(members)) <= 1


@pytest.mark.parametrize("fraction", [0.001, 0.999])
def test_a_split_with_fewer_images_than_classes_is_refused(fraction):
    with pytest.raises(
        LadderError, match=f"^valid_fraction: {fraction} leaves a split with fewer images than classes$"
    ):
        digits(fraction)


def test_the_split_is_the_seeds():
    assert split_of(digits(split_seed=3)) == split_of(digits(split_seed=3))
    assert split_of(digits(split_seed=3)) != split_of(digits(split_seed=4))


def test_values_are_scaled_to_bytes():
    bundled = load_digits()
    for entry, pixels, label in zip(digits(), bundled.images, bundled.target, strict=True):
        np.testing.assert_array_equal(entry.read(), np.round(pixels / 16 * 255))
        assert entry.label == str(label)


def test_an_entry_is_named_by_its_number_in_scikit_learn():
    entry = digits()[7]
    assert entry.place == entry.path == f"{entry.folder.path}/7/0007.png"
    assert entry.is_image


def test_they_become_tensors(tmp_path, tensorized):
    made = tensorized(tmp_path, partial(sklearn_digits.entries, None, valid_fraction=0.2, split_seed=0))
    assert made.returned["images"] == {"train": 1_437, "valid": 360}
    assert made.returned["classes"] == list("0123456789")
    valid = load_file(made.valid)
    expected = [entry for entry in sorted(digits(), key=lambda entry: entry.place) if entry.folder.path == "valid"]
    np.testing.assert_array_equal(valid["images"], [entry.read() for entry in expected])
    np.testing.assert_array_equal(valid["labels"], [int(entry.label) for entry in expected])
