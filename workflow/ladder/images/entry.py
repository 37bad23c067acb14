"""One file or folder of a source, and its place in the data set."""

import re
import stat
import unicodedata
from collections.abc import Callable
from functools import lru_cache, partial
from itertools import zip_longest
from typing import NamedTuple, NoReturn

import numpy as np

from ladder.errors import LadderError
from ladder.images.signatures import HEAD, is_image
from ladder.images.splits import POOL, Folder, Names

HARD_LINK, UNKNOWN = -1, -2  # kinds of members of a tar archive that `stat` has no constant for
KINDS = {
    stat.S_IFLNK: "a symbolic link",
    HARD_LINK: "a hard link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
LARGEST = 64 << 20  # most bytes of an image's file: an image of plain_png.LARGEST pixels needs less
IMAGE_SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".gif", ".tif", ".tiff", ".webp"),
    *(".pgm", ".ppm", ".pbm", ".pnm"),
)
# Files and folders that systems and programs put beside the images. Names that begin with a dot are hidden as well.
HIDDEN = frozenset(
    (
        *("__MACOSX", "@eaDir", "#recycle", "#snapshot", "lost+found", "$RECYCLE.BIN", "System Volume Information"),
        *("__pycache__", "Thumbs.db", "desktop.ini"),
    )
)
# Characters that a terminal obeys instead of showing them, or that break a line of a table or an SVG: control
# characters, ends of lines and paragraphs, controls of text direction, surrogates, and code points of no character.
HARMFUL = re.compile(
    "[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)


class Entry(NamedTuple):
    """A file or folder of a source.

    path       path in the source, with slashes; error messages name it
    read       function that returns the file's bytes (with `head`, only the first `head` bytes), or the pixels as an
               array; None for a folder
    folder     the split folder that contains the entry or is the entry; None for an entry outside all split folders
    label      name of the class: the folder below the split folder; None outside of a class
    place      path from the split folder on, the same in an archive and in a folder; None for a file without a label
    hidden     whether the file is passed over because of its name, or the name of a folder around it
    respelled  whether the source spells the class in another form of Unicode than NFC
    group      images of one group stay in one split; None if the source knows no groups
    is_labelled  whether the source itself gives the class `label`

    A source of files gives `path` and `read`, and `locate` adds the others. A source that knows the classes of its
    images gives `labelled` entries.
    """

    path: str
    read: Callable[..., bytes | np.ndarray] | None
    folder: Folder | None = None
    label: str | None = None
    place: str | None = None
    hidden: bool = False
    respelled: bool = False
    group: str | None = None
    is_labelled: bool = False

    @property
    def is_image(self) -> bool:
        """Whether the entry is a labelled image, by its name or else by its first bytes; a hidden file is none."""
        return self.place is not None and (self.is_named_as_image or self._is_image_by_content())

    @property
    def is_named_as_image(self) -> bool:
        return self.is_labelled or self.path.lower().endswith(IMAGE_SUFFIXES)

    def _is_image_by_content(self) -> bool:
        return is_image(self.path.rpartition("/")[2], self.read(head=HEAD))


def labelled(
    path: str, read: Callable[..., bytes | np.ndarray], label: str, split: str | None = None, group: str | None = None
) -> Entry:
    """Return the entry of an image whose class the source knows, and perhaps its split."""
    folder = Folder(split, (split,)) if split else POOL
    return Entry(path, read, folder, label, path, group=group, is_labelled=True)


class OnDisk(partial):
    """A function that reads one file on disk: it may be sent to another process and called there."""


class Link:
    """A link that leads to no file or folder of the source; reading it raises the error of `refuse`."""

    def __init__(self, refuse: Callable[[], NoReturn]) -> None:
        self._refuse = refuse

    def __call__(self, head: int | None = None) -> bytes:
        return self._refuse() if head is None else b""


def locate(path: str, read: Callable | None, names: Names, pooled: bool = False) -> Entry:
    """Return the entry of a path; the names of the split folders give its place.

    pooled  whether splits are decided when all images are known, so that the place of an image is its path

    Two forms of Unicode spell the same name, so the path is written in NFC. `printable` escapes its harmful characters.
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
    if pooled:
        return Entry(path, read, POOL, None, "/".join(plain(path)))
    return Entry(path, read, folder, label, place and f"{place}/{name}", False, respelled)


def is_hidden(name: str) -> bool:
    """Return whether files of this name are passed over, and folders of this name with everything in them."""
    return name.startswith(".") or name in HIDDEN


def printable(text: str) -> str:
    """Return text with escapes for bytes that are not UTF-8, and for characters that a terminal would obey."""
    if text.isprintable():
        return text
    return HARMFUL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def refuse_larger(name: str, size: int) -> None:
    """Raise LadderError for a file of more than LARGEST bytes."""
    if size > LARGEST:
        raise LadderError(f"{printable(name)}: {size:,} bytes are too many for an image; {LARGEST:,} are allowed")


def refuse_kind(name: str, kind: int) -> None:
    """Raise LadderError unless `kind` is a regular file; `kind` is a file type of `stat`, 0, HARD_LINK or UNKNOWN."""
    if kind not in (0, stat.S_IFREG):
        raise LadderError(f"{printable(name)}: {KINDS.get(kind, 'no file')}, not an image; put the image itself there")


@lru_cache(maxsize=1024)
def _located(folder: str, names: Names) -> tuple[Folder | None, str | None, str | None, bool]:
    """Return the split folder, class and place that all files in a folder share, and whether the folder is hidden.

    If a folder of a usual name lies in another such folder, the inner one is taken as the split folder. `splits.choose`
    decides between the two later, when all folders are known. So files directly in the inner folder have a place,
    though they have no class.
    """
    parts = plain(folder)
    kinds = names.kinds(parts)
    # A split folder that the config names is not hidden, whatever its name.
    if any(is_hidden(part) and kind is None for part, kind in zip_longest(parts, kinds)):
        return None, None, None, True
    if not kinds:
        return None, None, None, False
    depth = len(kinds) - 1
    label = parts[depth + 1] if len(parts) > depth + 1 else None
    place = "/".join(parts[depth:]) if label or any(kinds[:-1]) else None
    return Folder("/".join(parts[: depth + 1]), kinds), label, place, False


def plain(path: str) -> list[str]:
    """Return the names in a path, without empty names and `.`."""
    return [part for part in path.split("/") if part not in ("", ".")]
