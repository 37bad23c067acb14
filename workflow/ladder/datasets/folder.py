"""Images in a folder, one folder a split and in it one folder a class."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from ladder.datasets.entry import Entry, locate, printable, refuse_kind, refuse_larger
from ladder.errors import LadderError
from ladder.files import expanded


def entries(location: str, train: str, valid: str) -> Iterator[Entry]:
    """Yield the files and folders below `location`, each folder's in sorted order; links are followed.

    Raises LadderError for a folder that cannot be read, and for a link to a folder around it.
    """
    top = root(location, train, valid)
    for path, is_folder in _walk(top, "", ()):
        yield locate(path, None if is_folder else partial(_read, top, path), train, valid)


def root(location: str, train: str, valid: str) -> Path:
    """The folder itself; `~` is the home. Raises LadderError where there is none."""
    path = expanded(location)
    if not path.is_dir():
        raise LadderError(
            f"{location}: no such folder; `path` of the dataset names the folder with {train}/ and {valid}/"
        )
    return path


def tree(location: str, train: str, valid: str) -> list[str]:
    """The folders whose change time tells of an image added or removed: the root, the splits, the classes."""
    top = expanded(location)
    splits = [top / name for name in (train, valid) if (top / name).is_dir()]
    classes = [path for split in splits for path in sorted(path for path in split.iterdir() if path.is_dir())]
    return [str(path) for path in (top, *splits, *classes)]


def _walk(top: Path, folder: str, around: tuple[tuple[int, int], ...]) -> Iterator[tuple[str, bool]]:
    """Paths of files and folders below one, and whether each is a folder.

    folder  below `top`, which the paths begin with: empty or with a slash at its end
    around  the folders that it lies in, by device and inode
    """
    here = top / folder
    try:
        status = here.stat()
        children = _children(here)
    except OSError as error:
        raise LadderError(f"{printable(str(here))}: the folder cannot be read ({error.strerror})") from None
    if (status.st_dev, status.st_ino) in around:
        raise LadderError(f"{printable(str(here))}: a link to a folder that it lies in itself; remove it")
    with closing(children):
        for name, is_folder in children.execute("SELECT name, is_folder FROM child ORDER BY name"):
            path = folder + os.fsdecode(name)
            yield path, bool(is_folder)
            if is_folder:
                yield from _walk(top, f"{path}/", (*around, (status.st_dev, status.st_ino)))


def _children(folder: Path) -> sqlite3.Connection:
    """Names in a folder, and whether each is a folder; a temporary file holds those of a large one."""
    names = sqlite3.connect("")
    names.execute("CREATE TABLE child (name, is_folder)")
    with os.scandir(folder) as found:
        # Of a link in a circle an entry's own `is_dir` raises.
        rows = (
            (os.fsencode(entry.name), Path(entry).is_dir() if entry.is_symlink() else entry.is_dir()) for entry in found
        )
        names.executemany("INSERT INTO child VALUES (?, ?)", rows)
    return names


def _read(top: Path, path: str) -> bytes:
    file = top / path
    name = printable(str(file))
    try:
        status = file.stat()
        # Reading from one of these would wait, or never end.
        refuse_kind(name, stat.S_IFMT(status.st_mode))
        refuse_larger(name, status.st_size)
        return file.read_bytes()
    except OSError as error:
        raise LadderError(f"{name}: cannot be read ({error.strerror})") from None
