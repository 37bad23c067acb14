"""One file of a source, and its place in the data set."""

import stat
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ladder.errors import LadderError

HARD_LINK, UNKNOWN = -1, -2  # kinds of a tar archive's members that `stat` does not know
KINDS = {
    stat.S_IFLNK: "a symbolic link",
    HARD_LINK: "a hard link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
LARGEST = 64 << 20  # bytes of one image's file: more than any image of images.LARGEST pixels needs
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

    Bytes of a name that are no UTF-8, and what a terminal would obey instead of showing it, are written as escapes.
    """
    path = printable(path)
    if read is None:
        return Entry(path, None, *_located(path, train, valid))
    folder, _, name = path.rpartition("/")
    split, label, place = _located(folder, train, valid)
    return Entry(path, read, split, label, place and f"{place}/{name}")


def printable(text: str) -> str:
    """Text with escapes for bytes that are no UTF-8, and for what a terminal would obey instead of showing it."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def refuse_larger(name: str, size: int) -> None:
    """Raise LadderError for a file of more bytes than an image needs."""
    if size > LARGEST:
        raise LadderError(f"{printable(name)}: {size:,} bytes are too many for an image; {LARGEST:,} are allowed")


def refuse_kind(name: str, kind: int) -> None:
    """Raise LadderError for what is no regular file; `kind` is of those of `stat`, or HARD_LINK."""
    if kind not in (0, stat.S_IFREG):
        raise LadderError(f"{printable(name)}: {KINDS.get(kind, 'no file')}, not an image; put the image itself there")


@lru_cache(maxsize=1024)
def _located(folder: str, train: str, valid: str) -> tuple[str | None, str | None, str | None]:
    """Split, class and place of a folder, which are those of all files in it."""
    parts = [part for part in folder.split("/") if part not in ("", ".")]
    for depth, part in enumerate(parts[:2]):
        for split, name in (("train", train), ("valid", valid)):
            if part == name and len(parts) > depth + 1:
                return split, parts[depth + 1], "/".join(parts[depth:])
    return None, None, None
