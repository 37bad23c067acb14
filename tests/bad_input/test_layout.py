"""Folders that make no data set."""

import json

import pytest

NO_FOLDER = (
    "no folder with the {} images: expected {}, at the top or one folder below, or the folder that `{}` of the dataset "
    "names; there {}"
)
NO_TRAIN = NO_FOLDER.format("training", "train or training", "train", "{}")


def moved(files, old, new):
    return {path.replace(old, new): content for path, content in files.items()}


def without(files, start):
    return {path: content for path, content in files.items() if not path.startswith(start)}


# name: function that changes images by path, sentence
BAD = {
    "one class": (
        lambda files: without(without(files, "train/7"), "valid/7"),
        "only one class, '3'; a classifier needs two or more class folders",
    ),
    "a class that is missing in valid": (
        lambda files: without(files, "valid/7"),
        "class '7' is in the train split only; every class needs images in both splits",
    ),
    "a class that is missing in train": (
        lambda files: without(files, "train/7"),
        "class '7' is in the valid split only; every class needs images in both splits",
    ),
    "a class whose folder is empty": (
        lambda files: files | {"train/9/": b"", "valid/9/": b""},
        "class '9' has no image in the train split; add images or remove the folder",
    ),
    "no valid": (
        lambda files: without(files, "valid"),
        NO_FOLDER.format("validation", "valid, val, validation, test or testing", "valid", "is train/"),
    ),
    "other names": (
        lambda files: moved(moved(files, "train/", "first/"), "valid/", "second/"),
        NO_TRAIN.format("are first/, second/"),
    ),
    "both val and validation": (
        lambda files: moved(files, "valid/", "val/") | moved(without(files, "train"), "valid/", "validation/"),
        "several folders may hold the validation images: val/, validation/; name one as `valid` of the dataset "
        "(valid: validation), or remove the others",
    ),
    "images without classes": (
        lambda files: {path.replace("/3", "").replace("/7", ""): b"" for path in files},
        "train: no class folders in it; the training images must lie in train/<class>/<image>",
    ),
    "splits three folders down": (
        lambda files: {f"a/b/{path}": content for path, content in files.items()},
        NO_TRAIN.format("is a/b/"),
    ),
    "nothing": (lambda files: {"readme.txt": b""}, NO_TRAIN.format("are no folders")),
    "two data sets in one": (
        lambda files: files | {f"copy/{path}": content for path, content in files.items()},
        "several folders may hold the training images: copy/train/, train/; name one as `train` of the dataset "
        "(train: train), or remove the others",
    ),
}


@pytest.fixture
def study(place, write_folder):
    def study(files):
        write_folder(place.folder / "images", files)
        return place.read({"kind": "folder", "path": "images"})

    return study


@pytest.mark.parametrize("case", BAD)
def test_a_bad_layout_is_one_sentence(study, refused, noise, case):
    make, sentence = BAD[case]
    refused(study(make(noise())), sentence)


def facts(place):
    return json.loads((place.folder / "results/zoo/tensorize/facts.json").read_text())


def test_images_of_both_splits_are_counted_and_reported(place, study, noise):
    files = noise()
    files |= {"valid/3/same.png": files["train/3/0.png"], "valid/7/other.png": files["train/3/1.png"]}
    ended = study(files)
    assert ended.status == 0
    assert facts(place)["leakage"] == {
        "images": 2,
        "of_another_class": 1,
        "examples": [
            {"valid": "valid/3/same.png", "train": "train/3/0.png"},
            {"valid": "valid/7/other.png", "train": "train/3/1.png"},
        ],
    }
    assert (
        "tensorize: leakage: 2 validation images are training images too, pixel for pixel, 1 of them under another "
        "class; for example\ntensorize:   valid/3/same.png is train/3/0.png\n"
        "tensorize:   valid/7/other.png is train/3/1.png\n"
    ) in ended.printed


def test_a_class_of_one_image_is_a_class(place, study, noise):
    files = noise(train=1, valid=1)
    assert study(files).status == 0
    assert facts(place)["images_per_class"] == {"train": {"3": 1, "7": 1}, "valid": {"3": 1, "7": 1}}


def test_folders_below_a_class_are_its_images_too(place, study, noise):
    assert study(noise() | moved(noise(seed=1), "/3/", "/3/more/deeper/")).status == 0
    assert facts(place)["images_per_class"]["train"] == {"3": 6, "7": 3}
    rows = (place.folder / "results/zoo/tensorize/index.csv").read_text().splitlines()
    assert rows[4] == "train,3,train/3/more/deeper/0.png,3"
