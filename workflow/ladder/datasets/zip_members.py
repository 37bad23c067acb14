"""The files and folders of a zip archive, one after the other."""

import io
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from functools import partial

from ladder.datasets.entry import printable, refuse_kind, refuse_larger
from ladder.errors import LadderError

LONGEST_DIRECTORY = 128 << 20  # bytes: about 1.8 million members, and 1 GB of memory
LONGEST_END = (1 << 16) + 22 + 20 + 56  # bytes of a comment and of the records that say where the directory is
UNKNOWN_32 = (1 << 32) - 1  # the size is in the larger record
ENCRYPTED = 1  # a flag
CHUNK = 4096  # bytes at a time: what zipfile unpacks at once is bounded by them


def members(archive: zipfile.ZipFile) -> Iterator[tuple[str, Callable[[], bytes] | None]]:
    """Yield (name, what reads the bytes); for a folder the latter is None.

    Reading raises LadderError for links, devices and very large files, and what zipfile raises for damaged ones.
    """
    for member in archive.infolist():
        yield member.filename, None if member.is_dir() else partial(_read, archive, member)


def refuse_long_directory(location: str) -> None:
    """Raise LadderError where a zip has more members than zipfile, which lists them all, should take into memory."""
    with open(location, "rb") as file:
        file.seek(max(0, file.seek(0, io.SEEK_END) - LONGEST_END))
        end = file.read()
    at, at_64 = end.rfind(b"PK\5\6"), end.rfind(b"PK\6\6")
    if at < 0 or at + 22 > len(end):
        return
    size = struct.unpack_from("<I", end, at + 12)[0]
    if size == UNKNOWN_32 and 0 <= at_64 <= len(end) - 56:
        size = struct.unpack_from("<Q", end, at_64 + 40)[0]
    if size > LONGEST_DIRECTORY:
        raise LadderError(
            f"{location}: a list of members of {size:,} bytes is too long for a zip archive, {LONGEST_DIRECTORY:,} are "
            "allowed; pack the images as a tar archive"
        )


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    refuse_kind(member.filename, stat.S_IFMT(member.external_attr >> 16))
    if member.flag_bits & ENCRYPTED:
        raise LadderError(f"{printable(member.filename)}: encrypted with a password; pack the images without one")
    refuse_larger(member.filename, member.file_size)
    with archive.open(member) as file:
        # Not `read()` alone: of a member whose size is a lie it unpacks all before it looks at that.
        return b"".join(iter(partial(file.read, CHUNK), b""))
