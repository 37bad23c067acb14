"""Reading of a zip archive: its files and folders, one after the other, in constant memory.

`zipfile` keeps half a kilobyte for every member of the archive. This module reads the archive's directory as a stream.
It reads members that are stored or deflated without a password, as nearly all are. From the first member of any other
kind on, `zipfile` reads the archive. The format is in https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT.
"""

import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from struct import Struct
from typing import BinaryIO, NamedTuple

from ladder.errors import LadderError
from ladder.images.entry import printable, refuse_kind, refuse_larger
from ladder.images.links import Alias

# Records at the archive's end with the directory's size and offset. An archive of more than 65,535 members or 4 GiB has
# a large record (zip64) as well, and a locator between the two.
END, END_MARK = Struct("<12xLL2x"), b"PK\5\6"
LARGE_END, LARGE_END_MARK = Struct("<40xQQ"), b"PK\6\6"
LOCATOR_BYTES, LOCATOR_MARK = 20, b"PK\6\7"
LONGEST_COMMENT = 0xFFFF
# A member's entry in the directory: mark, flags, method, checksum, packed and whole size, lengths of name, extra fields
# and comment, attributes, and offset of its local header. The local header: mark, lengths of name and extra fields.
ENTRY, ENTRY_MARK = Struct("<4s4xHH4xLLLHHH4xLL"), b"PK\1\2"
LOCAL, LOCAL_MARK = Struct("<4s22xHH"), b"PK\3\4"
FIELD, LARGE_OFFSET = Struct("<HH"), Struct("<Q")
LARGE, UNICODE_NAME = 0x0001, 0x7075  # kinds of extra fields: numbers of eight bytes (zip64), another name
MOST = 0xFFFFFFFF  # stands for a number that an extra field gives in eight bytes
UTF8, PASSWORD, PASSWORD_OR_PATCH = 0x800, 0x01, 0x61  # flags
LONGEST_DIRECTORY = 128 << 20  # most bytes for zipfile to read: about 1.8 million members, and 1 GB of memory
LONGEST_PATH = 4096  # bytes of a link's target, the limit of Linux
CHUNK = 4096  # bytes read at a time; this bounds the bytes that zipfile unpacks at once


class _Plain(NamedTuple):
    name: bytes
    text: str
    deflated: bool
    checksum: int
    packed: int
    size: int
    kind: int  # file type, a constant of `stat`
    at: int  # position of the local header in the file


def members(
    file: BinaryIO, directory: BinaryIO, check: Callable[[int], None]
) -> Iterator[tuple[str, Callable[..., bytes] | None]]:
    """Yield (name, function that reads the bytes) of each member; the function is None for a folder.

    file, directory  the archive, opened twice, since contents and directory are read at different positions
    check            function that takes the sum of the members' sizes so far, in bytes, and raises if it is too large

    Raises zipfile.BadZipFile for a damaged archive, and LadderError if zipfile is needed and the directory is too long
    for it. The yielded functions raise LadderError for links, devices, very large files and a password.
    """
    begin, end, shift = _bounds(directory)
    directory.seek(begin)
    passed = size = 0
    while directory.tell() < end and (member := _plain(directory, shift)) is not None:
        passed, size = passed + 1, size + member.size
        check(size)
        if member.text.endswith("/"):
            yield member.text, None
        elif stat.S_ISLNK(member.kind):
            yield (
                member.text,
                Alias(member.text, member.kind, partial(_target, member.size, partial(_content, file, member))),
            )
        else:
            yield member.text, partial(_read, file, member)
    if directory.tell() == end:
        return
    if end - begin > LONGEST_DIRECTORY:
        raise LadderError(
            f"{file.name}: a list of members of {end - begin:,} bytes is too long for a zip archive, "
            f"{LONGEST_DIRECTORY:,} are allowed; pack the images as a tar archive"
        )
    yield from _any_members(file, passed, size, check)


def _bounds(file: BinaryIO) -> tuple[int, int, int]:
    """Return where the directory begins and ends, and how far all offsets in the archive are to be shifted.

    The shift is not 0 if other data precede the archive in its file.
    """
    size = file.seek(0, 2)
    tail = LARGE_END.size + LOCATOR_BYTES + END.size + LONGEST_COMMENT
    file.seek(max(0, size - tail))
    data = file.read()
    at = data.rfind(END_MARK)
    if not 0 <= at <= len(data) - END.size:
        raise zipfile.BadZipFile("it lacks its end")
    length, offset = END.unpack_from(data, at)
    large = at - LOCATOR_BYTES - LARGE_END.size
    if large >= 0 and data.startswith(LOCATOR_MARK, at - LOCATOR_BYTES) and data.startswith(LARGE_END_MARK, large):
        at, (length, offset) = large, LARGE_END.unpack_from(data, large)
    end = size - len(data) + at
    if end < length:
        raise zipfile.BadZipFile("its directory is cut off")
    return end - length, end, end - length - offset


def _plain(directory: BinaryIO, shift: int) -> _Plain | None:
    """Return the directory's next member; None if the member is damaged or not plain."""
    at = directory.tell()
    entry = directory.read(ENTRY.size)
    if len(entry) == ENTRY.size:
        mark, flags, method, checksum, packed, size, *lengths, attributes, offset = ENTRY.unpack(entry)
        name, extra, _ = (directory.read(length) for length in lengths)
        offset = _offset(extra, offset)
        text = _text(name, flags)
        usual = flags & PASSWORD_OR_PATCH == 0 and method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        if mark == ENTRY_MARK and usual and MOST not in (packed, size) and text is not None and offset is not None:
            deflated, kind = method == zipfile.ZIP_DEFLATED, stat.S_IFMT(attributes >> 16)
            return _Plain(name, text, deflated, checksum, packed, size, kind, offset + shift)
    directory.seek(at)
    return None


def _offset(extra: bytes, offset: int) -> int | None:
    """Return the offset of a member's local header; None if it is missing, or if an extra field renames the member."""
    at, own = 0, None if offset == MOST else offset
    while at + FIELD.size <= len(extra):
        kind, length = FIELD.unpack_from(extra, at)
        at += FIELD.size
        if kind == UNICODE_NAME:
            return None
        if kind == LARGE and own is None and LARGE_OFFSET.size <= length <= len(extra) - at:
            (own,) = LARGE_OFFSET.unpack_from(extra, at)
        at += length
    return own


def _text(name: bytes, flags: int) -> str | None:
    try:
        return None if b"\0" in name else name.decode("utf-8" if flags & UTF8 else "cp437")
    except UnicodeDecodeError:
        return None


def _read(file: BinaryIO, member: _Plain, head: int | None = None) -> bytes:
    if head is not None:
        return _first(file, member, head)
    refuse_kind(member.text, member.kind)
    refuse_larger(member.text, member.size)
    return _content(file, member)


def _target(size: int, read: Callable[[], bytes]) -> str:
    """Return the target of a symbolic link, which is the link's content."""
    if size > LONGEST_PATH:
        raise zipfile.BadZipFile(f"a link to a path of {size:,} bytes")
    return read().decode("utf-8", "surrogateescape")


def _first(file: BinaryIO, member: _Plain, count: int) -> bytes:
    """Return the first bytes of a member. They are not checked, since the checksum covers all bytes."""
    _go_to(file, member)
    data = file.read(min(member.packed, CHUNK))
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, count) if member.deflated else data[:count]


def _go_to(file: BinaryIO, member: _Plain) -> None:
    file.seek(member.at)
    local = file.read(LOCAL.size)
    mark, name, extra = LOCAL.unpack(local) if len(local) == LOCAL.size else (b"", 0, 0)
    if mark != LOCAL_MARK or file.read(name) != member.name:
        raise zipfile.BadZipFile(f"{member.text} is not where the directory says")
    file.seek(extra, 1)


def _content(file: BinaryIO, member: _Plain) -> bytes:
    _go_to(file, member)
    data = file.read(member.packed)
    if member.deflated:
        # The limit is the announced size, since a few deflated bytes can hold gigabytes.
        data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, member.size + 1)
    if len(data) != member.size or zlib.crc32(data) != member.checksum:
        raise zipfile.BadZipFile(f"{member.text} is damaged")
    return data


def _any_members(
    file: BinaryIO, passed: int, size: int, check: Callable[[int], None]
) -> Iterator[tuple[str, Callable[..., bytes] | None]]:
    """Yield the members after the first `passed` ones, of any kind, as `members` does."""
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist()[passed:]:
            size += member.file_size
            check(size)
            kind = stat.S_IFMT(member.external_attr >> 16)
            if member.is_dir():
                yield member.filename, None
            elif stat.S_ISLNK(kind):
                read = partial(_content_of_any, archive, member)
                yield member.filename, Alias(member.filename, kind, partial(_target, member.file_size, read))
            else:
                yield member.filename, partial(_read_any, archive, member, kind)


def _read_any(archive: zipfile.ZipFile, member: zipfile.ZipInfo, kind: int, head: int | None = None) -> bytes:
    if head is not None:
        if member.flag_bits & PASSWORD:
            return b""
        with archive.open(member) as file:
            return file.read(head)
    refuse_kind(member.filename, kind)
    return _content_of_any(archive, member)


def _content_of_any(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    if member.flag_bits & PASSWORD:
        raise LadderError(f"{printable(member.filename)}: encrypted with a password; pack the images without one")
    refuse_larger(member.filename, member.file_size)
    with archive.open(member) as file:
        # The member is read in chunks, since `read()` unpacks all of it before it compares the announced size.
        return b"".join(iter(partial(file.read, CHUNK), b""))
