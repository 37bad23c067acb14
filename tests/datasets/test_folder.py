import pytest

from ladder.datasets import folder
from ladder.errors import LadderError


def test_entries_come_in_sorted_order_with_their_bytes(tmp_path, write_folder):
    files = {"valid/3/1.png": b"c", "train/7/10.png": b"b", "train/7/2.png": b"a", "labels.csv": b"d"}
    write_folder(tmp_path, files)
    found = [(entry.path, entry.split, entry.label, entry.read and entry.read()) for entry in entries_of(tmp_path)]
    assert found == [
        ("labels.csv", None, None, b"d"),
        ("train", None, None, None),
        ("train/7", "train", "7", None),
        ("train/7/10.png", "train", "7", b"b"),
        ("train/7/2.png", "train", "7", b"a"),
        ("valid", None, None, None),
        ("valid/3", "valid", "3", None),
        ("valid/3/1.png", "valid", "3", b"c"),
    ]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(LadderError) as caught:
        list(folder.entries(str(tmp_path / "gone"), "training", "testing"))
    assert str(caught.value) == (
        f"{tmp_path}/gone: no such folder; `path` of the dataset names the folder with training/ and testing/"
    )


def test_the_tree_is_the_folders_in_which_images_come_and_go(tmp_path, write_folder):
    write_folder(tmp_path, {"train/7/1.png": b"", "train/3/1.png": b"", "valid/3/1.png": b"", "test/9/1.png": b""})
    (tmp_path / "train" / "notes.txt").write_text("")
    inside = ["", "/train", "/valid", "/train/3", "/train/7", "/valid/3"]
    assert folder.tree(str(tmp_path), "train", "valid") == [f"{tmp_path}{path}" for path in inside]


def test_the_tree_of_what_is_not_there_is_its_root(tmp_path):
    assert folder.tree(f"{tmp_path}/gone", "train", "valid") == [f"{tmp_path}/gone"]


def entries_of(path):
    return folder.entries(str(path), "train", "valid")
