import os

import pytest

from ladder.errors import LadderError
from ladder.images.fingerprint import fingerprint, refuse_missing


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
def test_every_change_below_the_folder_changes_its_fingerprint(watched, change):
    before = fingerprint(str(watched))
    assert fingerprint(str(watched)) == before
    CHANGES[change](watched)
    assert fingerprint(str(watched)) != before


def test_the_fingerprint_is_that_of_a_copy_and_of_another_path_to_it(watched):
    before = fingerprint(str(watched))
    (watched / "circle").symlink_to(".")
    (watched / "dangling").symlink_to("nothing")
    within = fingerprint(str(watched))
    assert within != before
    (watched / "circle").unlink()
    (watched / "dangling").unlink()
    moved = watched.rename(watched.with_name("moved"))
    assert fingerprint(str(moved)) == before
    assert fingerprint(f"{moved}/gone") != before


def test_a_file_has_a_fingerprint_of_its_own(tmp_path):
    file = tmp_path / "digits.npz"
    file.write_bytes(b"a")
    before = fingerprint(str(file))
    assert fingerprint(str(file)) == before
    file.write_bytes(b"ab")
    assert fingerprint(str(file)) != before


def test_a_folder_that_cannot_be_read_counts_as_empty(watched, locked):
    before = fingerprint(str(watched))
    locked("train")
    assert fingerprint(str(watched)) != before


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(LadderError) as caught:
        refuse_missing(str(tmp_path / "gone"))
    assert str(caught.value) == (
        f"{tmp_path}/gone: no such file or folder; `path` of the dataset names where its images are"
    )
