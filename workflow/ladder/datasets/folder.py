"""Images in a folder, one folder a split and in it one folder a class."""

import os
from collections.abc import Iterator
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
        relative = path.relative_to(root).as_posix()
        yield locate(relative, None if is_folder else path.read_bytes, train, valid)


def tree(location: str, train: str, valid: str) -> list[str]:
    """The folders whose change time tells of an image added or removed: the root, the splits, the classes."""
    root = Path(location)
    splits = [root / name for name in (train, valid) if (root / name).is_dir()]
    classes = [path for split in splits for path in sorted(split.iterdir()) if path.is_dir()]
    return [str(path) for path in (root, *splits, *classes)]


def _walk(folder: Path) -> Iterator[tuple[Path, bool]]:
    with os.scandir(folder) as found:
        children = sorted((entry.name, entry.is_dir()) for entry in found)
    for name, is_folder in children:
        yield folder / name, is_folder
        if is_folder:
            yield from _walk(folder / name)
