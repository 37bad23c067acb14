"""Images in a folder that holds one folder per split, with one folder per class in each."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from ladder.errors import LadderError
from ladder.formats.files import expanded
from ladder.images.entry import Entry, Link, OnDisk, is_hidden, printable, refuse_kind, refuse_larger

ABOUT = "a folder of images"
SHARED = ("path", "files")
FILE, FOLDER, BROKEN_LINK = range(3)


def entries(location: str) -> Iterator[Entry]:
    """Yield the files and folders below `location`, each folder's entries in sorted order; links are followed.

    Raises LadderError for a folder that cannot be read, and for a link to a folder around it.
    """
    top = expanded(location)
    if not top.is_dir():
        raise LadderError(f"{location}: no folder; `path` of the dataset names the folder with the splits' folders")
    for path, kind in _walk(top, "", (), False):
        read = None if kind == FOLDER else OnDisk(_read, top, path)
        yield Entry(path, Link(read) if kind == BROKEN_LINK else read)


def _walk(top: Path, folder: str, around: tuple[tuple[int, int], ...], hidden: bool) -> Iterator[tuple[str, int]]:
    """Yield the path and kind of each file and folder below a folder; a kind is FILE, FOLDER or BROKEN_LINK.

    folder  path of the folder from `top` on, empty or with a slash at its end; the yielded paths begin with it
    around  the folders around it, by device and inode
    hidden  whether the folder is passed over; no error is raised if a hidden folder cannot be read
    """
    here = top / folder
    try:
        status = here.stat()
        children = _children(here)
    except OSError as error:
        if hidden:
            return
        raise LadderError(f"{printable(str(here))}: the folder cannot be read ({error.strerror})") from None
    if (status.st_dev, status.st_ino) in around:
        if hidden:
            return
        raise LadderError(f"{printable(str(here))}: a link to a folder that it lies in itself; remove it")
    with closing(children):
        for name, kind in children.execute("SELECT name, kind FROM child ORDER BY name"):
            name = os.fsdecode(name)
            path = folder + name
            yield path, kind
            if kind == FOLDER:
                within = (*around, (status.st_dev, status.st_ino))
                yield from _walk(top, f"{path}/", within, hidden or is_hidden(name))


def _children(folder: Path) -> sqlite3.Connection:
    """Return a table of the names in a folder with their kinds. SQLite moves a large table to a temporary file."""
    names = sqlite3.connect("")
    names.execute("CREATE TABLE child (name, kind)")
    with os.scandir(folder) as listing:
        names.executemany(
            "INSERT INTO child VALUES (?, ?)", ((os.fsencode(entry.name), _kind(entry)) for entry in listing)
        )
    return names


def _kind(entry: os.DirEntry) -> int:
    if not entry.is_symlink():
        return FOLDER if entry.is_dir() else FILE
    path = Path(entry)  # `entry.is_dir()` raises for a link in a circle, and `Path.is_dir` does not
    return FOLDER if path.is_dir() else FILE if path.exists() else BROKEN_LINK


def _read(top: Path, path: str, head: int | None = None) -> bytes:
    file = top / path
    if head is not None:
        return _first(file, head)
    name = printable(str(file))
    try:
        status = file.stat()
        # The kind is checked first, since reading from a pipe or device might wait for ever.
        refuse_kind(name, stat.S_IFMT(status.st_mode))
        refuse_larger(name, status.st_size)
        return file.read_bytes()
    except OSError as error:
        raise LadderError(f"{name}: cannot be read ({error.strerror})") from None


def _first(file: Path, count: int) -> bytes:
    """Return the first bytes of a file; empty if it is no regular file or cannot be read."""
    try:
        if not file.is_file():
            return b""
        with open(file, "rb", buffering=0) as opened:
            return opened.read(count)
    except OSError:
        return b""
