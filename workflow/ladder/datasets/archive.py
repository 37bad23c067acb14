"""Images in a tar or zip archive, read member by member: nothing is unpacked to disk."""

import bz2
import gzip
import io
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from ladder.errors import LadderError
from ladder.images import links, tar, zip
from ladder.images.entry import Entry, Link, printable

ABOUT = "a tar or zip archive of images"
SHARED = ("sources", "files")
# Exceptions that the readers raise for a damaged archive, found by fuzzing (tests/fuzz).
BROKEN = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, OSError, RuntimeError, ValueError, OverflowError, LookupError),
)
# Openers by the first bytes of a file. They raise for a file that was cut off; tarfile's own decompression would not.
OPENERS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
DRIVE = re.compile(r"[A-Za-z]:/")  # a drive of Windows
BUFFER = 1 << 16  # bytes of a tar archive read at a time: one read holds many members
# An archive may unpack to ALWAYS_ALLOWED bytes, or to TIMES its size if that is more. Images stay far below this limit;
# it stops a decompression bomb.
ALWAYS_ALLOWED, TIMES = 1 << 30, 200


def entries(location: str) -> Iterator[Entry]:
    """Yield an archive's files and folders in its own order. A file must be read before the next entry is taken.

    A link is replaced by its target in the archive. Raises LadderError for an archive that is damaged, that unpacks to
    far more than its size, or that has a member outside itself. Reading raises LadderError for devices, very large
    files, and links without a target in the archive.
    """
    try:
        bound = _Bound(location)
        for path, read in links.resolved(partial(_members, location, bound), bound.check):
            yield Entry(path, read if read is None or isinstance(read, Link) else partial(_read, location, read))
    except BROKEN as error:
        raise _broken(location, error) from error


def _members(location: str, bound: "_Bound") -> Iterator[tuple]:
    """Yield the members by paths with slashes. Raises LadderError for a member outside the archive."""
    members = _zip_members if zipfile.is_zipfile(location) else _tar_members
    for path, read in members(location, bound):
        outside = False
        if "\\" in path and "/" not in path:
            # .NET and PowerShell wrote paths with backslashes until 2015.
            path = path.replace("\\", "/")
            outside, read = DRIVE.match(path), None if path.endswith("/") else read
        if outside or path.startswith("/") or (".." in path and ".." in path.split("/")):
            raise LadderError(
                f"{location}: the member '{printable(path)}' lies outside the archive; pack it anew, with paths "
                "like train/<class>/<image>"
            )
        yield path, read


def _broken(location: str, error: Exception) -> LadderError:
    return LadderError(
        f"{location}: not a complete tar or zip archive ({error}); delete it, and the next run fetches it again"
    )


class _Bound:
    """The limit on the bytes that an archive may unpack to."""

    def __init__(self, location: str) -> None:
        self._location, self._packed = location, Path(location).stat().st_size
        self._limit = max(ALWAYS_ALLOWED, TIMES * self._packed)

    def check(self, size: int) -> None:
        """Raise LadderError if `size` bytes are above the limit."""
        if size > self._limit:
            raise LadderError(
                f"{self._location}: its {self._packed:,} bytes unpack to more than {self._limit:,}, as no archive of "
                "images does; pack the images anew"
            )


def _tar_members(location: str, bound: _Bound) -> Iterator[tuple]:
    with open(location, "rb") as file:
        start = file.read(5)
    opener = next((opener for magic, opener in OPENERS.items() if start.startswith(magic)), open)
    with opener(location, "rb") as unpacked, io.BufferedReader(_Bounded(unpacked, bound), BUFFER) as stream:
        yield from tar.members(stream)


class _Bounded(io.RawIOBase):
    """A stream of an unpacked archive that raises LadderError when it exceeds the archive's limit."""

    def __init__(self, stream: BinaryIO, bound: _Bound) -> None:
        self._stream, self._bound = stream, bound

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        count = self._stream.readinto(buffer)
        self._bound.check(self._stream.tell())
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_SET:
            # The check comes before the seek, since a seek in a compressed file unpacks everything up to `offset`.
            self._bound.check(offset)
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


def _zip_members(location: str, bound: _Bound) -> Iterator[tuple]:
    with open(location, "rb") as file, open(location, "rb") as directory:
        yield from zip.members(file, directory, bound.check)


def _read(location: str, read: Callable[..., bytes], head: int | None = None) -> bytes:
    try:
        return read() if head is None else read(head=head)
    except BROKEN as error:
        raise _broken(location, error) from error
