import os

import pytest

from ladder.datasets import folder
from ladder.errors import LadderError


def test_entries_come_in_sorted_order_with_their_bytes(tmp_path, write_folder):
    files = {"valid/3/1.png": b"c", "train/7/10.png": b"b", "train/7/2.png": b"a", "labels.csv": b"d"}
    write_folder(tmp_path, files)
    found = [
        (entry.path, entry.folder and entry.folder.path, entry.label, entry.read and entry.read())
        for entry in entries_of(tmp_path)
    ]
    assert found == [
        ("labels.csv", None, None, b"d"),
        ("train", "train", None, None),
        ("train/7", "train", "7", None),
        ("train/7/10.png", "train", "7", b"b"),
        ("train/7/2.png", "train", "7", b"a"),
        ("valid", "valid", None, None),
        ("valid/3", "valid", "3", None),
        ("valid/3/1.png", "valid", "3", b"c"),
    ]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(LadderError) as caught:
        list(folder.entries(str(tmp_path / "gone"), "training", "testing"))
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
    entries = {entry.path: entry for entry in entries_of(hidden_and_locked)}
    assert entries["lost+found"].hidden
    assert "lost+found/1" not in entries


def test_the_first_bytes_of_what_is_no_file_are_none(tmp_path):
    (tmp_path / "train/3").mkdir(parents=True)
    os.mkfifo(tmp_path / "train/3/pipe")
    (tmp_path / "train/3/gone").symlink_to("nothing")
    (tmp_path / "train/3/whole").write_bytes(b"whole")
    assert [entry.read(head=3) for entry in entries_of(tmp_path) if entry.read] == [b"", b"", b"who"]


def entries_of(path):
    return folder.entries(str(path), "train", "valid")
