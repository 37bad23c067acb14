"""Images in a folder, one folder a split and in it one folder a class."""

import os
import stat
from collections.abc import Iterator
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
    for path, is_folder in _walk(top, ()):
        relative = path.relative_to(top).as_posix()
        yield locate(relative, None if is_folder else partial(_read, path), train, valid)


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
    classes = [path for split in splits for path in sorted(split.iterdir()) if path.is_dir()]
    return [str(path) for path in (top, *splits, *classes)]


def _walk(folder: Path, around: tuple[tuple[int, int], ...]) -> Iterator[tuple[Path, bool]]:
    """Files and folders below one; `around` are the folders that it lies in, by device and inode."""
    try:
        status = folder.stat()
        with os.scandir(folder) as found:
            # Of a link in a circle an entry's own `is_dir` raises.
            children = sorted(
                (entry.name, Path(entry).is_dir() if entry.is_symlink() else entry.is_dir()) for entry in found
            )
    except OSError as error:
        raise LadderError(f"{printable(str(folder))}: the folder cannot be read ({error.strerror})") from None
    here = (status.st_dev, status.st_ino)
    if here in around:
        raise LadderError(f"{printable(str(folder))}: a link to a folder that it lies in itself; remove it")
    for name, is_folder in children:
        yield folder / name, is_folder
        if is_folder:
            yield from _walk(folder / name, (*around, here))


def _read(path: Path) -> bytes:
    name = printable(str(path))
    try:
        status = path.stat()
        # Reading from one of these would wait, or never end.
        refuse_kind(name, stat.S_IFMT(status.st_mode))
        refuse_larger(name, status.st_size)
        return path.read_bytes()
    except OSError as error:
        raise LadderError(f"{name}: cannot be read ({error.strerror})") from None
