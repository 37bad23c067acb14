"""The choice of the splits' folders, by names and neighbours."""

import pytest

from ladder.errors import LadderError
from ladder.images.entry import locate
from ladder.images.splits import UNNAMED, Names, choose, named


def chosen(paths, names=UNNAMED, neighbours=()):
    """The use of the folders of these images: the folder of each split, and all classes."""
    classes = {}
    for path in paths:
        entry = locate(path, bytes, names)
        if entry.folder:
            classes.setdefault(entry.folder, set()).update({entry.label} - {None})
    uses = choose(classes, names, lambda: neighbours)
    tops = {use.split: path for path, use in uses.items() if not use.within}
    return tops["train"], tops["valid"]


def images(*folders, classes=("cat", "dog")):
    return [f"{folder}/{label}/1.png" for folder in folders for label in classes]


def refusal(paths, names=UNNAMED, neighbours=()):
    with pytest.raises(LadderError) as caught:
        chosen(paths, names, neighbours)
    return str(caught.value)


FOUND = {
    "the plain names": (images("train", "valid"), ("train", "valid")),
    "val": (images("train", "val"), ("train", "val")),
    "Validation": (images("Train", "Validation"), ("Train", "Validation")),
    "test alone": (images("training", "testing"), ("training", "testing")),
    "valid before test": (images("train", "val", "test"), ("train", "val")),
    "a folder around": (images("data/train", "data/test"), ("data/train", "data/test")),
    "folders around each": (images("a/train", "b/valid"), ("a/train", "b/valid")),
    "a wrapper called train": (images("train/train", "train/valid"), ("train/train", "train/valid")),
    "a wrapper called test": (images("test/train", "test/val"), ("test/train", "test/val")),
    "a wrapper called train, and a test beside it": (
        images("train/train", "train/valid", "test"),
        ("train/train", "train/valid"),
    ),
    "each in itself": (images("train/train", "valid/valid"), ("train/train", "valid/valid")),
    "one in itself": (images("train/train", "test"), ("train/train", "test")),
    "classes of usual names": (images("train", "valid", classes=("train", "valid")), ("train", "valid")),
    "one class of a usual name": (images("train", "test", classes=("test", "cat")), ("train", "test")),
    "an empty valid beside a test": ([*images("train", "test"), "valid/readme.txt"], ("train", "test")),
}


@pytest.mark.parametrize("case", FOUND)
def test_the_usual_names_are_found(case):
    paths, expected = FOUND[case]
    assert chosen(paths) == expected
    assert chosen(paths[::-1]) == expected


@pytest.mark.parametrize(
    ("names", "paths", "expected"),
    [
        (Names("train", "test"), images("train", "valid", "test"), ("train", "test")),
        (Names(None, "test"), images("train", "val", "test"), ("train", "test")),
        (Names("Train", None), images("train", "Train", "valid"), ("Train", "valid")),
        (Names("a/train", "a/valid"), images("a/train", "a/valid", "b/train", "b/valid"), ("a/train", "a/valid")),
        (Names("a/b/c", None), images("a/b/c", "valid"), ("a/b/c", "valid")),
        (named("che\u0302ne/", None), images("ch\u00eane", "valid"), ("ch\u00eane", "valid")),
    ],
)
def test_the_config_decides(names, paths, expected):
    assert chosen(paths, names) == expected


def test_several_folders_for_a_split_are_a_choice():
    assert refusal(images("train", "val", "validation")) == (
        "several folders may hold the validation images: val/, validation/; name one as `valid` of the dataset "
        "(valid: validation), or remove the others"
    )
    assert refusal(images("a/train", "b/train", "b/test")).startswith(
        "several folders may hold the training images: a/train/, b/train/; name one as `train` of the dataset (train: "
        "b/train)"
    )
    assert "train/, training/" in refusal(images("train", "training", "test"))
    assert "test/, testing/" in refusal(images("train", "test", "testing"))


def test_a_missing_folder_is_named_with_what_is_there():
    assert refusal(images("train", "pictures"), neighbours=["pictures"]) == (
        "no folder with the validation images: expected valid, val, validation, test or testing, at the top or one "
        "folder below, or the folder that `valid` of the dataset names; there are pictures/, train/"
    )
    assert refusal(images("train"), Names(None, "held_out")) == (
        "no folder with the validation images: expected held_out/, as `valid` of the dataset says, at the top or one "
        "folder below; there is train/"
    )
    assert refusal([]).startswith("no folder with the training images: expected train or training, at the top")
    many = refusal([], neighbours=[f"c{number:02}" for number in range(30)])
    assert many.endswith("c11/, 18 more")


def test_a_split_without_classes_says_so():
    assert refusal([*images("train"), "valid/1.png"]) == (
        "valid: no class folders in it; the validation images must lie in valid/<class>/<image>"
    )
