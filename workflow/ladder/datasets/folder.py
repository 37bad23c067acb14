"""Images in a folder, one folder a split and in it one folder a class."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from ladder.datasets.entry import Entry, locate
from ladder.errors import LadderError


def entries(location: str, train: str, valid: str) -> Iterator[Entry]:
    """Yield the files and folders below `location`, each folder's in sorted order."""
    root = Path(location)
    if not root.is_dir():
        raise LadderError(
            f"{location}: no such folder; `path` of the dataset names the folder with {train}/ and {valid}/"
        )
    for path, is_folder in _walk(root):
        yield locate(path, None if is_folder else lambda path=path: (root / path).read_bytes(), train, valid)


def tree(location: str, train: str, valid: str) -> list[str]:
    """The folders whose change time tells of an image added or removed: the root, the splits, the classes."""
    root = Path(location)
    splits = [root / name for name in (train, valid) if (root / name).is_dir()]
    classes = [path for split in splits for path in sorted(path for path in split.iterdir() if path.is_dir())]
    return [str(path) for path in (root, *splits, *classes)]


def _walk(root: Path, folder: str = "") -> Iterator[tuple[str, bool]]:
    for name, is_folder in _children(root / folder):
        yield folder + name, is_folder
        if is_folder:
            yield from _walk(root, f"{folder}{name}/")


def _children(folder: Path) -> Iterator[tuple[str, bool]]:
    """Names in a folder, sorted, and whether each is a folder; a temporary file holds those of a large one."""
    with closing(sqlite3.connect("")) as names:
        names.execute("CREATE TABLE child (name, is_folder)")
        with os.scandir(folder) as found:
            rows = ((os.fsencode(entry.name), entry.is_dir()) for entry in found)
            names.executemany("INSERT INTO child VALUES (?, ?)", rows)
        for name, is_folder in names.execute("SELECT name, is_folder FROM child ORDER BY name"):
            yield os.fsdecode(name), bool(is_folder)
