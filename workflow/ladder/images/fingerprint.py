"""The fingerprint of a file or folder of images: while it stays, the tensors are those of the images."""

import os
import stat
from hashlib import blake2b
from pathlib import Path

from ladder.errors import LadderError
from ladder.formats.files import expanded


def refuse_missing(location: str) -> None:
    """Raise LadderError if nothing is at `location`; `~` is the home folder."""
    if not expanded(location).exists():
        raise LadderError(f"{location}: no such file or folder; `path` of the dataset names where its images are")


def fingerprint(location: str) -> str:
    """Return a digest that changes when a file at or below `location` is changed, added, renamed or removed.

    The digest is made of the paths of all files and folders, and of each file's size and time of change. No file is
    read. The order in which the system lists the files has no effect. A folder that cannot be read counts as empty.
    """
    total = 0
    pending: list[tuple[str, str, tuple]] = [(str(expanded(location)), "", ())]
    while pending:
        folder, place, around = pending.pop()
        try:
            status = Path(folder).stat()
            if not stat.S_ISDIR(status.st_mode):
                total += _digest(place, status)
                continue
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
                    about = child.stat()  # follows a link
                except OSError:
                    about = child.stat(follow_symlinks=False)
                if stat.S_ISDIR(about.st_mode):
                    pending.append((child.path, path, around))
                # A sum does not depend on the order. A collision made on purpose would deceive only the folder's owner.
                total += _digest(path, about)
    return f"{total % (1 << 128):032x}"


def _digest(path: str, about: os.stat_result) -> int:
    text = path if stat.S_ISDIR(about.st_mode) else f"{path}\0{about.st_size}\0{about.st_mtime_ns}"
    return int.from_bytes(blake2b(os.fsencode(text), digest_size=16).digest(), "little")
