"""One file of a source, and its place in the data set."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm", ".pbm"}


@dataclass(frozen=True)
class Entry:
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
        name = PurePosixPath(self.path).name
        suffix = PurePosixPath(name).suffix.lower()
        return self.read is not None and self.label is not None and name[0] != "." and suffix in IMAGE_SUFFIXES


def locate(path: str, read: Callable | None, folders: dict[str, str]) -> Entry:
    """Place a path by the names of the split folders, which lie at the top or one folder below it.

    folders  {`train`: name of its folder, `valid`: name of its folder}

    Bytes of a name that are no UTF-8 are written as escapes, so that tables and messages can hold it.
    """
    path = path.encode("utf-8", "backslashreplace").decode()
    parts = [part for part in path.split("/") if part not in ("", ".")]
    for depth, part in enumerate(parts[:2]):
        for split, folder in folders.items():
            inside = parts[depth + 1 : None if read is None else -1]
            if part == folder and inside:
                return Entry(path, read, split, inside[0], "/".join(parts[depth:]))
    return Entry(path, read)
