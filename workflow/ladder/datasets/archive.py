"""Images in a tar or zip archive, read member by member: nothing is unpacked to disk."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial

from ladder.datasets import tar, zips
from ladder.datasets.entry import Entry, locate
from ladder.errors import LadderError

# What the readers raise; RuntimeError is zipfile's for a password and for a compression it does not know.
BROKEN = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError)
# tarfile's own decompression takes a file that was cut off for a whole one; these raise.
OPENERS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
BUFFER = 1 << 16  # bytes of a tar archive at a time: many members


def entries(location: str, train: str, valid: str) -> Iterator[Entry]:
    """Yield an archive's regular files and folders in its own order; each must be read before the next is taken."""
    try:
        members = _zip_members if zipfile.is_zipfile(location) else _tar_members
        for path, read in members(location):
            yield locate(path, read and partial(_read, location, read), train, valid)
    except BROKEN as error:
        raise _broken(location, error) from error


def _broken(location: str, error: Exception) -> LadderError:
    return LadderError(
        f"{location}: no whole tar or zip archive ({error}); delete it, and the next run fetches it again"
    )


def _tar_members(location: str) -> Iterator[tuple]:
    with open(location, "rb") as file:
        start = file.read(5)
    opener = next((opener for magic, opener in OPENERS.items() if start.startswith(magic)), open)
    with io.BufferedReader(opener(location, "rb"), BUFFER) as stream:
        yield from tar.members(stream)


def _zip_members(location: str) -> Iterator[tuple]:
    with open(location, "rb") as file, open(location, "rb") as directory:
        yield from zips.members(file, directory)


def _read(location: str, read: Callable[[], bytes]) -> bytes:
    try:
        return read()
    except BROKEN as error:
        raise _broken(location, error) from error
