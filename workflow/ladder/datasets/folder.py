"""Images in a folder, one folder a split and in it one folder a class."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from hashlib import blake2b
from pathlib import Path

from ladder.errors import LadderError
from ladder.formats.files import expanded
from ladder.images.entry import Entry, Link, is_hidden, locate, printable, refuse_kind, refuse_larger
from ladder.images.splits import named

FILE, FOLDER, BROKEN_LINK = range(3)


def entries(location: str, train: str | None = None, valid: str | None = None) -> Iterator[Entry]:
    """Yield the files and folders below `location`, each folder's in sorted order; links are followed.

    train, valid  the split folders' names, as `splits.Names` has them

    Raises LadderError for a folder that cannot be read, and for a link to a folder around it.
    """
    top, names = root(location), named(train, valid)
    for path, kind in _walk(top, "", (), False):
        read = None if kind == FOLDER else partial(_read, top, path)
        yield locate(path, Link(read) if kind == BROKEN_LINK else read, names)


def root(location: str) -> Path:
    """The folder itself; `~` is the home. Raises LadderError where there is none."""
    path = expanded(location)
    if not path.is_dir():
        raise LadderError(
            f"{location}: no such folder; `path` of the dataset names the folder with those of the two splits"
        )
    return path


def state(location: str) -> str:
    """A digest that is another one as soon as a file below `location` was changed, added, renamed or removed.

    It is of the paths of all files and folders, and of each file's size and time of change; no file is read, and the
    order in which the system lists them does not matter. A folder that cannot be read is empty here.
    """
    total = 0
    pending: list[tuple[str, str, tuple]] = [(str(expanded(location)), "", ())]
    while pending:
        folder, place, around = pending.pop()
        try:
            status = Path(folder).stat()
            children = os.scandir(folder)
        except OSError:
            continue
        if (status.st_dev, status.st_ino) in around:
            continue
        around = (*around, (status.st_dev, status.st_ino))
        with children:
            for child in children:
                path = f"{place}/{child.name}"
                try:
                    about = child.stat()  # of what a link leads to
                except OSError:
                    about = child.stat(follow_symlinks=False)
                if stat.S_ISDIR(about.st_mode):
                    pending.append((child.path, path, around))
                    text = path
                else:
                    text = f"{path}\0{about.st_size}\0{about.st_mtime_ns}"
                # A sum has no order; and nobody is deceived by a collision but who made it.
                total += int.from_bytes(blake2b(os.fsencode(text), digest_size=16).digest(), "little")
    return f"{total % (1 << 128):032x}"


def _walk(top: Path, folder: str, around: tuple[tuple[int, int], ...], hidden: bool) -> Iterator[tuple[str, int]]:
    """Paths of files and folders below one, and what each is: FILE, FOLDER or BROKEN_LINK.

    folder  below `top`, which the paths begin with: empty or with a slash at its end
    around  the folders that it lies in, by device and inode
    hidden  whether it is passed over, and so may be one that cannot be read
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
    """Names in a folder, and what each is; a temporary file holds those of a large one."""
    names = sqlite3.connect("")
    names.execute("CREATE TABLE child (name, kind)")
    with os.scandir(folder) as found:
        names.executemany(
            "INSERT INTO child VALUES (?, ?)", ((os.fsencode(entry.name), _kind(entry)) for entry in found)
        )
    return names


def _kind(entry: os.DirEntry) -> int:
    if not entry.is_symlink():
        return FOLDER if entry.is_dir() else FILE
    path = Path(entry)  # of a link in a circle an entry's own `is_dir` raises
    return FOLDER if path.is_dir() else FILE if path.exists() else BROKEN_LINK


def _read(top: Path, path: str, head: int | None = None) -> bytes:
    file = top / path
    if head is not None:
        return _first(file, head)
    name = printable(str(file))
    try:
        status = file.stat()
        # Reading from one of these would wait, or never end.
        refuse_kind(name, stat.S_IFMT(status.st_mode))
        refuse_larger(name, status.st_size)
        return file.read_bytes()
    except OSError as error:
        raise LadderError(f"{name}: cannot be read ({error.strerror})") from None


def _first(file: Path, count: int) -> bytes:
    """The first bytes of a file; none of what is no file, or cannot be read."""
    try:
        if not file.is_file():
            return b""
        with open(file, "rb", buffering=0) as opened:
            return opened.read(count)
    except OSError:
        return b""
