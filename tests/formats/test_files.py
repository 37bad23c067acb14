import errno
import hashlib
import os
import stat

import pytest

from ladder.errors import LadderError
from ladder.formats import files


def test_what_a_block_writes_appears_under_the_name(tmp_path):
    with files.atomic(tmp_path / "new" / "a.txt") as partial:
        partial.write_text("whole")
        assert not (tmp_path / "new" / "a.txt").exists()
        assert partial.parent == tmp_path / "new"
    assert [(path.name, path.read_text()) for path in (tmp_path / "new").iterdir()] == [("a.txt", "whole")]


def test_an_error_leaves_what_was_there_before(tmp_path):
    (tmp_path / "a.txt").write_text("before")

    def half():
        with files.atomic(tmp_path / "a.txt") as partial:
            partial.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "before")]


def test_text_is_utf8_with_plain_newlines(tmp_path):
    files.write_text(tmp_path / "a.txt", "é\nz\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc3\xa9\nz\n"


def test_json_is_indented_and_readable(tmp_path):
    files.write_json(tmp_path / "a.json", {"b": [1, None], "a": "é"})
    expected = '{\n  "b": [\n    1,\n    null\n  ],\n  "a": "é"\n}\n'
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == expected


def test_json_refuses_nan_and_writes_nothing(tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        files.write_json(tmp_path / "a.json", {"a": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_the_sha256_is_that_of_the_bytes(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    # The example of FIPS 180-2, appendix B.1.
    assert files.sha256_of(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    large = bytes(range(256)) * 5_000
    (tmp_path / "large").write_bytes(large)
    assert files.sha256_of(str(tmp_path / "large")) == hashlib.sha256(large).hexdigest()


class Disk:
    """The part of a folder that a power loss may leave: a file's bytes at its last fsync, and the names that the folder
    had at its last fsync, or newer names, if they happened to reach the disk."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.contents, self.names = folder, {}, {}
        self.fsync, self.replace = os.fsync, os.replace
        self.outcomes = []
        for path in folder.iterdir():
            self.contents[path.stat().st_ino] = path.read_text()
        self.names = self.present()
        monkeypatch.setattr(os, "fsync", self.fsynced)
        monkeypatch.setattr(os, "replace", self.replaced)

    def present(self):
        return {path.name: path.stat().st_ino for path in self.folder.iterdir()}

    def fsynced(self, file):
        self.fsync(file)
        inode = os.fstat(file)
        if stat.S_ISDIR(inode.st_mode):
            self.names = self.present()
        else:
            self.contents[inode.st_ino] = os.pread(file, inode.st_size, 0).decode()
        self.lose_power()

    def replaced(self, *names):
        self.replace(*names)
        self.lose_power()

    def lose_power(self):
        inodes = {names["a.txt"] for names in (self.names, self.present()) if "a.txt" in names}
        self.outcomes.append({self.contents.get(inode, "") for inode in inodes})


def test_a_power_loss_leaves_the_old_file_or_the_new_one(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("old")
    disk = Disk(tmp_path, monkeypatch)
    files.write_text(tmp_path / "a.txt", "new")
    assert set().union(*disk.outcomes) == {"old", "new"}
    assert disk.outcomes[-1] == {"new"}


def test_what_need_not_be_durable_waits_for_no_disk(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "fsync")
    files.write_text(tmp_path / "a.txt", "new", durable=False)
    assert (tmp_path / "a.txt").read_text() == "new"


def test_a_folder_that_knows_no_fsync_is_no_hindrance(tmp_path, monkeypatch):
    fsync = os.fsync

    def only_files(file):
        if stat.S_ISDIR(os.fstat(file).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        fsync(file)

    monkeypatch.setattr(os, "fsync", only_files)
    files.write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text() == "new"


class RustError(Exception):
    """An error as safetensors raises it."""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full: make room, and run again"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "your quota of disk space is used up: make room"),
        (OSError(errno.EROFS, "Read-only file system"), "the file system is read-only"),
        (RustError("I/O error: No space left on device (os error 28)"), "the disk is full"),
    ],
)
def test_a_disk_that_takes_nothing_is_a_sentence(tmp_path, error, words):
    def fail():
        with files.atomic(tmp_path / "a.txt") as partial:
            partial.write_text("half")
            raise error

    with pytest.raises(LadderError) as told:
        fail()
    assert str(told.value).startswith(f"{tmp_path / 'a.txt'}: cannot be written, ")
    assert words in str(told.value)
    assert list(tmp_path.iterdir()) == []


def test_an_input_that_may_not_be_read_is_not_taken_for_the_output(tmp_path):
    error = PermissionError(errno.EACCES, "Permission denied", "/elsewhere/input")
    with pytest.raises(PermissionError), files.atomic(tmp_path / "a.txt"):
        raise error
