"""The files and folders of a zip archive, one after the other."""

import stat
import zipfile
from collections.abc import Callable, Iterator
from functools import partial

from ladder.datasets.entry import printable, refuse_kind, refuse_larger
from ladder.errors import LadderError

ENCRYPTED = 1  # a flag
CHUNK = 4096  # bytes at a time: what zipfile unpacks at once is bounded by them


def members(archive: zipfile.ZipFile) -> Iterator[tuple[str, Callable[[], bytes] | None]]:
    """Yield (name, what reads the bytes); for a folder the latter is None.

    Reading raises LadderError for links, devices and very large files, and what zipfile raises for damaged ones.
    """
    for member in archive.infolist():
        yield member.filename, None if member.is_dir() else partial(_read, archive, member)


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    refuse_kind(member.filename, stat.S_IFMT(member.external_attr >> 16))
    if member.flag_bits & ENCRYPTED:
        raise LadderError(f"{printable(member.filename)}: encrypted with a password; pack the images without one")
    refuse_larger(member.filename, member.file_size)
    with archive.open(member) as file:
        # Not `read()` alone: of a member whose size is a lie it unpacks all before it looks at that.
        return b"".join(iter(partial(file.read, CHUNK), b""))
