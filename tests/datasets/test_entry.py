import pytest

from ladder.datasets.entry import locate

FOLDERS = ("training", "testing")
LOCATED = [
    # path, split, label, place of a file
    ("training/3/1.png", "train", "3", "training/3/1.png"),
    ("testing/7/1.png", "valid", "7", "testing/7/1.png"),
    ("mnist/training/3/1.png", "train", "3", "training/3/1.png"),
    ("./mnist/training/3/1.png", "train", "3", "training/3/1.png"),
    ("./training//3/1.png", "train", "3", "training/3/1.png"),
    ("training/3/more/1.png", "train", "3", "training/3/more/1.png"),
    ("training/testing/1.png", "train", "testing", "training/testing/1.png"),
    ("deep/er/training/3/1.png", None, None, None),
    ("other/3/1.png", None, None, None),
    ("training/1.png", None, None, None),
    ("training", None, None, None),
    ("Training/3/1.png", None, None, None),
    ("labels.csv", None, None, None),
]


def read():
    return b""


@pytest.mark.parametrize(("path", "split", "label", "place"), LOCATED)
def test_a_file_lies_in_a_split_and_a_class(path, split, label, place):
    entry = locate(path, read, *FOLDERS)
    assert (entry.path, entry.split, entry.label, entry.place) == (path, split, label, place)


@pytest.mark.parametrize(
    ("path", "split", "label"),
    [("training/3", "train", "3"), ("a/testing/7/", "valid", "7"), ("training/", None, None), ("a/b", None, None)],
)
def test_a_folder_stands_for_its_class(path, split, label):
    entry = locate(path, None, *FOLDERS)
    assert (entry.split, entry.label, entry.is_image) == (split, label, False)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("1.png", True),
        ("1.PNG", True),
        ("1.jpeg", True),
        ("a.b.tif", True),
        ("1.txt", False),
        ("1.png.txt", False),
        ("._1.png", False),
        (".png", False),
        ("png", False),
    ],
)
def test_an_image_is_known_by_its_name(name, expected):
    assert locate(f"training/3/{name}", read, *FOLDERS).is_image is expected


def test_what_lies_outside_the_classes_is_no_labelled_image():
    assert not locate("unlabelled/1.png", read, *FOLDERS).is_image
