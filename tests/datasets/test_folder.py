import os

import pytest

from ladder.datasets import folder
from ladder.errors import LadderError


def test_entries_come_in_sorted_order_with_their_bytes(tmp_path, write_folder):
    files = {"valid/3/1.png": b"c", "train/7/10.png": b"b", "train/7/2.png": b"a", "labels.csv": b"d"}
    write_folder(tmp_path, files)
    assert [(entry.path, entry.read and entry.read()) for entry in entries_of(tmp_path)] == [
        ("labels.csv", b"d"),
        ("train", None),
        ("train/7", None),
        ("train/7/10.png", b"b"),
        ("train/7/2.png", b"a"),
        ("valid", None),
        ("valid/3", None),
        ("valid/3/1.png", b"c"),
    ]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(LadderError) as caught:
        list(folder.entries(str(tmp_path / "gone")))
    assert str(caught.value) == (
        f"{tmp_path}/gone: no folder; `path` of the dataset names the folder with the splits' folders"
    )


@pytest.fixture
def hidden_and_locked(tmp_path, write_folder, locked):
    """A folder of images with a hidden folder that cannot be read."""
    root = write_folder(tmp_path / "data", dict.fromkeys(("train/7/1.png", "valid/7/2.png", "lost+found/1"), b"a"))
    locked("lost+found")
    return root


def test_a_hidden_folder_that_cannot_be_read_is_passed_over(hidden_and_locked):
    paths = {entry.path for entry in entries_of(hidden_and_locked)}
    assert {"lost+found", "train/7/1.png"} <= paths
    assert "lost+found/1" not in paths


def test_the_first_bytes_of_what_is_no_file_are_none(tmp_path):
    (tmp_path / "train/3").mkdir(parents=True)
    os.mkfifo(tmp_path / "train/3/pipe")
    (tmp_path / "train/3/gone").symlink_to("nothing")
    (tmp_path / "train/3/whole").write_bytes(b"whole")
    assert [entry.read(head=3) for entry in entries_of(tmp_path) if entry.read] == [b"", b"", b"who"]


def entries_of(path):
    return folder.entries(str(path))
