"""One file of a source, and its place in the data set."""

import re
import stat
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from itertools import zip_longest
from typing import NamedTuple, NoReturn

import numpy as np

from ladder.errors import LadderError
from ladder.images.signatures import HEAD, is_image
from ladder.images.splits import Folder, Names

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
IMAGE_SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".gif", ".tif", ".tiff", ".webp"),
    *(".pgm", ".ppm", ".pbm", ".pnm"),
)
# What systems and programs put beside the images, besides all whose names begin with a dot.
HIDDEN = frozenset(
    (
        *("__MACOSX", "@eaDir", "#recycle", "#snapshot", "lost+found", "$RECYCLE.BIN", "System Volume Information"),
        *("__pycache__", "Thumbs.db", "desktop.ini"),
    )
)
# What a terminal obeys instead of showing it, and what breaks a line of a table or an SVG: control characters, ends of
# lines and paragraphs, orders of direction that reach beyond a name, halves of pairs, and what is no character.
HARMFUL = re.compile(
    "[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)


class Entry(NamedTuple):
    """A file or folder of a source.

    path       as the source spells it, with slashes; error messages name it
    read       returns the file's bytes, or with `head` only the first so many; or the pixels as an array; None for a
               folder
    folder     the split's folder that it lies in, or that it is; None for what lies in none
    label      name of the class, which is that of the folder below the split's; None outside one
    place      the path from the split's folder on, the same in an archive and in a folder; None for no labelled file
    hidden     whether it is passed over by its name, or by that of a folder around it
    respelled  whether the source spells the class in another form of Unicode than NFC
    """

    path: str
    read: Callable[..., bytes | np.ndarray] | None
    folder: Folder | None = None
    label: str | None = None
    place: str | None = None
    hidden: bool = False
    respelled: bool = False

    @property
    def is_image(self) -> bool:
        """Whether it is a labelled image, by its name or else by its first bytes; what is hidden is none."""
        return self.place is not None and (self.is_named_as_image or self._is_image_by_content())

    @property
    def is_named_as_image(self) -> bool:
        return self.path.lower().endswith(IMAGE_SUFFIXES)

    def _is_image_by_content(self) -> bool:
        return is_image(self.path.rpartition("/")[2], self.read(head=HEAD))


class Link:
    """A link that leads to no file or folder of the source. Reading it says so."""

    def __init__(self, refuse: Callable[[], NoReturn]) -> None:
        self._refuse = refuse

    def __call__(self, head: int | None = None) -> bytes:
        return self._refuse() if head is None else b""


def locate(path: str, read: Callable | None, names: Names) -> Entry:
    """Place a path by the names of the split folders.

    What is spelled in two forms of Unicode is one name: all are written in NFC. Bytes of a name that are no UTF-8, and
    what a terminal would obey instead of showing it, are written as escapes.
    """
    spelled = path
    if not (path.isascii() and path.isprintable()):
        spelled = printable(path)
        path = unicodedata.normalize("NFC", spelled)
    around, _, name = path.rpartition("/")
    folder, label, place, hidden = _located(path if read is None else around, names)
    respelled = path is not spelled and label is not None and label not in spelled.split("/")
    if read is None:
        return Entry(path, None, folder, label, None, hidden, respelled)
    if hidden or is_hidden(name):
        return Entry(path, read, None, None, None, True)
    return Entry(path, read, folder, label, place and f"{place}/{name}", False, respelled)


def is_hidden(name: str) -> bool:
    """Whether files and folders of this name are passed over, with all that is in them."""
    return name.startswith(".") or name in HIDDEN


def printable(text: str) -> str:
    """Text with escapes for bytes that are no UTF-8, and for what a terminal would obey instead of showing it."""
    if text.isprintable():
        return text
    return HARMFUL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def refuse_larger(name: str, size: int) -> None:
    """Raise LadderError for a file of more bytes than an image needs."""
    if size > LARGEST:
        raise LadderError(f"{printable(name)}: {size:,} bytes are too many for an image; {LARGEST:,} are allowed")


def refuse_kind(name: str, kind: int) -> None:
    """Raise LadderError for what is no regular file; `kind` is of those of `stat`, or HARD_LINK."""
    if kind not in (0, stat.S_IFREG):
        raise LadderError(f"{printable(name)}: {KINDS.get(kind, 'no file')}, not an image; put the image itself there")


@lru_cache(maxsize=1024)
def _located(folder: str, names: Names) -> tuple[Folder | None, str | None, str | None, bool]:
    """Split's folder, class and place of a folder, which are those of all files in it, and whether it is hidden.

    A folder of a usual name in another one is taken as the split's; which of the two it is depends on all the others
    (`splits.choose`). Files in it that would have no class there have a place all the same.
    """
    parts = plain(folder)
    kinds = names.kinds(parts)
    # A split's folder may be hidden where the config names it.
    if any(is_hidden(part) and kind is None for part, kind in zip_longest(parts, kinds)):
        return None, None, None, True
    if not kinds:
        return None, None, None, False
    depth = len(kinds) - 1
    label = parts[depth + 1] if len(parts) > depth + 1 else None
    place = "/".join(parts[depth:]) if label or any(kinds[:-1]) else None
    return Folder("/".join(parts[: depth + 1]), kinds), label, place, False


def plain(path: str) -> list[str]:
    """The names in a path."""
    return [part for part in path.split("/") if part not in ("", ".")]
