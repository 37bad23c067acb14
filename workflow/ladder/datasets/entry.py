"""One file of a source, and its place in the data set."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm", ".pbm")


class Entry(NamedTuple):
    """A file or folder of a source.

    path     as the source spells it, with slashes; error messages name it
    read     returns the file's bytes, or the pixels as an array; None for a folder
    split    `train` or `valid`; None for what lies outside both
    label    name of the class, which is that of the folder below the split's; None outside one
    place    the path from the split's folder on: the same in an archive and in a folder
    """

    path: str
    read: Callable[[], bytes | np.ndarray] | None
    split: str | None = None
    label: str | None = None
    place: str | None = None

    @property
    def is_image(self) -> bool:
        """Whether it is a labelled image, judged by its name; hidden files (`._3.png`) are none."""
        if self.read is None or self.label is None:
            return False
        name = self.place.rpartition("/")[2]
        return not name.startswith(".") and name.lower().endswith(IMAGE_SUFFIXES)


def locate(path: str, read: Callable | None, train: str, valid: str) -> Entry:
    """Place a path by the names of the split folders, which lie at the top or one folder below it.

    Bytes of a name that are no UTF-8 are written as escapes, so that tables and messages can hold it.
    """
    if not path.isascii():
        path = path.encode("utf-8", "backslashreplace").decode()
    if read is None:
        return Entry(path, None, *_located(path, train, valid))
    folder, _, name = path.rpartition("/")
    split, label, place = _located(folder, train, valid)
    return Entry(path, read, split, label, place and f"{place}/{name}")


@lru_cache(maxsize=1024)
def _located(folder: str, train: str, valid: str) -> tuple[str | None, str | None, str | None]:
    """Split, class and place of a folder, which are those of all files in it."""
    parts = [part for part in folder.split("/") if part not in ("", ".")]
    for depth, part in enumerate(parts[:2]):
        for split, name in (("train", train), ("valid", valid)):
            if part == name and len(parts) > depth + 1:
                return split, parts[depth + 1], "/".join(parts[depth:])
    return None, None, None
