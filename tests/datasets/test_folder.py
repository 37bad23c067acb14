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
        f"{tmp_path}/gone: no such folder; `path` of the dataset names the folder with those of the two splits"
    )


def changed_in_place(root):
    (root / "train/7/1.png").write_bytes(b"other")


def of_the_same_size(root):
    (root / "train/7/1.png").write_bytes(b"B")
    os.utime(root / "train/7/1.png", ns=(1, 1))


def in_a_subfolder(root):
    (root / "train/7/more/2.png").write_bytes(b"bb")


def by_a_link(root):
    (root.parent / "pool.png").write_bytes(b"bb")


CHANGES = {
    "a file changed in place": changed_in_place,
    "another file of the same size": of_the_same_size,
    "a file in a subfolder": in_a_subfolder,
    "what a link leads to": by_a_link,
    "a file more": lambda root: (root / "valid/3/2.png").write_bytes(b""),
    "an empty class more": lambda root: (root / "train/9").mkdir(),
    "a file less": lambda root: (root / "labels.csv").unlink(),
    "another name": lambda root: (root / "train/7/1.png").rename(root / "train/7/2.png"),
    "another class": lambda root: (root / "train/7/1.png").rename(root / "train/3/1.png"),
    "a hidden file": lambda root: (root / "train/.DS_Store").write_bytes(b""),
}


@pytest.fixture
def watched(tmp_path, write_folder):
    files = ("train/7/1.png", "train/7/more/2.png", "train/3/0.png", "valid/3/1.png", "labels.csv")
    root = write_folder(tmp_path / "data", dict.fromkeys(files, b"a"))
    (tmp_path / "pool.png").write_bytes(b"a")
    (root / "valid/3/linked.png").symlink_to("../../../pool.png")
    return root


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_below_the_folder_changes_its_state(watched, change):
    before = folder.state(str(watched))
    assert folder.state(str(watched)) == before
    CHANGES[change](watched)
    assert folder.state(str(watched)) != before


def test_the_state_is_that_of_a_copy_and_of_another_path_to_it(watched):
    before = folder.state(str(watched))
    (watched / "circle").symlink_to(".")
    (watched / "dangling").symlink_to("nothing")
    within = folder.state(str(watched))
    assert within != before
    (watched / "circle").unlink()
    (watched / "dangling").unlink()
    moved = watched.rename(watched.with_name("moved"))
    assert folder.state(str(moved)) == before
    assert folder.state(f"{moved}/gone") != before


def test_a_hidden_folder_that_cannot_be_read_is_passed_over(watched, monkeypatch):
    (watched / "lost+found").mkdir()
    whole = os.scandir

    def scandir(path):
        if str(path).rstrip("/").endswith("lost+found"):
            raise PermissionError(13, "Permission denied")
        return whole(path)

    monkeypatch.setattr("os.scandir", scandir)
    entries = {entry.path: entry for entry in entries_of(watched)}
    assert entries["lost+found"].hidden
    folder.state(str(watched))


def test_the_first_bytes_of_what_is_no_file_are_none(tmp_path):
    (tmp_path / "train/3").mkdir(parents=True)
    os.mkfifo(tmp_path / "train/3/pipe")
    (tmp_path / "train/3/gone").symlink_to("nothing")
    (tmp_path / "train/3/whole").write_bytes(b"whole")
    assert [entry.read(head=3) for entry in entries_of(tmp_path) if entry.read] == [b"", b"", b"who"]


def entries_of(path):
    return folder.entries(str(path), "train", "valid")
