"""Reading of a tar archive: its files and folders, one after the other.

Nearly all members of nearly all archives have a plain header: a short name, a size, no link. This module reads such
members itself, in a fifth of `tarfile`'s time. From the first member of any other kind on, `tarfile` reads the archive.
"""

import stat
import tarfile
from collections.abc import Callable, Iterator
from functools import partial
from struct import Struct
from typing import BinaryIO
from zlib import adler32

from ladder.images.entry import HARD_LINK, UNKNOWN, refuse_kind, refuse_larger
from ladder.images.links import Alias

BLOCK = tarfile.BLOCKSIZE
# Fields: name, size, end of the size, checksum, kind, magic and version, first byte of the prefix of the name.
HEADER = Struct("100s 24x 11s c 12x 8s c 100x 8s 80x c 166x")
KINDS = {
    tarfile.SYMTYPE: stat.S_IFLNK,
    tarfile.LNKTYPE: HARD_LINK,
    tarfile.FIFOTYPE: stat.S_IFIFO,
    tarfile.CHRTYPE: stat.S_IFCHR,
    tarfile.BLKTYPE: stat.S_IFBLK,
}
# Kinds of headers that only describe the next member: a long name, or the keys and values of pax.
HEADERS = (
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
)
READS_AT_END = 8  # most reads that may return nothing at the end; a complete archive needs one or two
LARGEST_HEADER = 1 << 20  # most bytes of such a header
MAGICS = (tarfile.POSIX_MAGIC, tarfile.GNU_MAGIC)


def members(stream: BinaryIO) -> Iterator[tuple[str, Callable[..., bytes] | None]]:
    """Yield (name, function that reads the bytes) of each member; the function is None for a folder.

    stream  the archive, decompressed, at its beginning; the stream can seek

    The function returns all bytes, or only the first `head` bytes. It works until the next member is taken,
    and raises LadderError for links, devices and very large files. Raises tarfile.TarError for an archive that is
    damaged or lacks its end.
    """
    at = 0
    while (member := _header(stream.read(BLOCK))) is not None:
        name, is_folder, size = member
        at += BLOCK
        yield name, None if is_folder else _Plain(name, stream, at, size)
        at += -(-size // BLOCK) * BLOCK
        stream.seek(at)
    stream.seek(at)
    yield from _any_members(stream)


def _header(header: bytes) -> tuple[str, bool, int] | None:
    """Return a member's name, whether it is a folder, and its size; None for a header that is damaged or not plain."""
    if len(header) != BLOCK:
        return None
    name, size, end, checksum, kind, magic, prefix = HEADER.unpack(header)
    if magic not in MAGICS or prefix != b"\0" or kind not in (tarfile.REGTYPE, tarfile.DIRTYPE):
        return None
    if size.strip(b"01234567") or end not in (b"\0", b" "):
        return None
    if checksum != b"%06o\0 " % (_sum(header) - sum(checksum) + 8 * ord(" ")):
        return None
    name, size = name.partition(b"\0")[0].decode(tarfile.ENCODING, "surrogateescape"), int(size, 8)
    # A folder has no content, whatever size its header claims.
    return (name.rstrip("/"), True, 0) if kind == tarfile.DIRTYPE else (name, False, size)


def _sum(header: bytes) -> int:
    """Return the sum of a header's 512 bytes.

    The lower half of Adler-32 is 1 plus the sum, modulo 65521. The sum of 256 bytes is below 65521.
    """
    return (adler32(header[:256]) & 0xFFFF) + (adler32(header[256:]) & 0xFFFF) - 2


class _Plain:
    """The bytes of a plain member. The first bytes may be read before the others."""

    __slots__ = ("_at", "_head", "_name", "_size", "_stream")

    def __init__(self, name: str, stream: BinaryIO, at: int, size: int) -> None:
        self._name, self._stream, self._at, self._size, self._head = name, stream, at, size, b""

    def __call__(self, head: int | None = None) -> bytes:
        if head is not None:
            self._head = self._head or self._bytes(self._at, min(head, self._size))
            return self._head
        refuse_larger(self._name, self._size)
        # Only the rest is read: to go back, a compressed stream is read from its beginning again.
        begun = len(self._head)
        rest = self._bytes(self._at + begun, self._size - begun)
        return self._head + rest if begun else rest

    def _bytes(self, at: int, size: int) -> bytes:
        self._stream.seek(at)
        data = self._stream.read(size)
        if len(data) < size:
            raise tarfile.ReadError("unexpected end of data")
        return data


class _Ending:
    """A stream that raises if tarfile goes on reading past the end. tarfile does so to skip a huge member."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._empty = stream, 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._empty += not data
        if self._empty > READS_AT_END:
            raise tarfile.ReadError("unexpected end of data")
        return data


class _Member(tarfile.TarInfo):
    """A member of a tar archive. The archive must end with a block of zeros, as the format says, and nowhere else."""

    @classmethod
    def frombuf(cls, buf: bytes, encoding: str, errors: str) -> tarfile.TarInfo:
        header = super().frombuf(buf, encoding, errors)
        # tarfile reads the whole content of such a header into memory.
        if header.type in HEADERS and header.size > LARGEST_HEADER:
            raise tarfile.ReadError(f"a name or header of {header.size:,} bytes")
        return header

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> tarfile.TarInfo:
        try:
            return super().fromtarfile(archive)
        except tarfile.EOFHeaderError:
            raise
        except tarfile.HeaderError as error:
            # tarfile takes other errors of a header for the end of the archive.
            raise tarfile.ReadError(f"it ends too early or is damaged: {error}") from error


def _any_members(stream: BinaryIO) -> Iterator[tuple[str, Callable[..., bytes] | None]]:
    """Yield the members from the stream's position on, of any kind, as `members` does."""
    with tarfile.open(fileobj=_Ending(stream), mode="r|", tarinfo=_Member) as archive:
        while (member := archive.next()) is not None:
            if member.isdir():
                yield member.name, None
            elif member.isfile():
                yield member.name, _Content(archive, member)
            elif member.issym() or member.islnk():
                yield member.name, Alias(member.name, KINDS[member.type], partial(str, member.linkname))
            else:
                yield member.name, partial(_refuse, member.name, KINDS.get(member.type, UNKNOWN))
            # tarfile keeps every member in memory, and a stream needs none of them again.
            archive.members.clear()


class _Content:
    """The bytes of a member from a stream that cannot go back. The first bytes may be read before the others."""

    def __init__(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        self._archive, self._member, self._head, self._file = archive, member, b"", None

    def __call__(self, head: int | None = None) -> bytes:
        self._file = self._file or self._archive.extractfile(self._member)
        if head is not None:
            self._head = self._head or self._file.read(head)
            return self._head
        refuse_larger(self._member.name, self._member.size)
        return self._head + self._file.read()


def _refuse(name: str, kind: int, head: int | None = None) -> bytes:
    if head is None:
        refuse_kind(name, kind)
    return b""
