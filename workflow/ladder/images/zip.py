"""The files and folders of a zip archive, one after the other, in constant memory.

`zipfile` keeps half a kilobyte for every member of the archive. Here its directory is read as a stream, for members
that are stored or deflated without a password, which nearly all are; from the first member of any other kind on, the
archive is `zipfile`'s. The format is that of https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT.
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

# Size and offset of the directory, at the archive's end, and before that where 65,535 members or 4 GiB are exceeded.
END, END_MARK = Struct("<12xLL2x"), b"PK\5\6"
LARGE_END, LARGE_END_MARK = Struct("<40xQQ"), b"PK\6\6"
LOCATOR_BYTES, LOCATOR_MARK = 20, b"PK\6\7"
LONGEST_COMMENT = 0xFFFF
# Of a member in the directory: mark, flags, method, checksum, packed and whole size, lengths of name, extra fields and
# comment, attributes, and where its local header is; of that: mark, lengths of name and extra fields.
ENTRY, ENTRY_MARK = Struct("<4s4xHH4xLLLHHH4xLL"), b"PK\1\2"
LOCAL, LOCAL_MARK = Struct("<4s22xHH"), b"PK\3\4"
FIELD, LARGE_OFFSET = Struct("<HH"), Struct("<Q")
LARGE, UNICODE_NAME = 0x0001, 0x7075  # extra fields: numbers of eight bytes, another name
MOST = 0xFFFFFFFF  # stands for a number of eight bytes
UTF8, PASSWORD, PASSWORD_OR_PATCH = 0x800, 0x01, 0x61  # flags
LONGEST_DIRECTORY = 128 << 20  # bytes for zipfile: about 1.8 million members, and 1 GB of memory
LONGEST_PATH = 4096  # bytes of what a link leads to, as Linux has it
CHUNK = 4096  # bytes at a time: what zipfile unpacks at once is bounded by them


class _Plain(NamedTuple):
    name: bytes
    text: str
    deflated: bool
    checksum: int
    packed: int
    size: int
    kind: int  # as of `stat`
    at: int


def members(
    file: BinaryIO, directory: BinaryIO, check: Callable[[int], None]
) -> Iterator[tuple[str, Callable[..., bytes] | None]]:
    """Yield (name, what reads the bytes); for a folder the latter is None.

    file, directory  the archive, opened twice, as the one's position is not the other's
    check            is told how many bytes the members have so far

    Raises zipfile.BadZipFile for a damaged archive, and LadderError for a directory that is too long for zipfile where
    that is needed. Reading raises LadderError for links, devices, very large files and a password.
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
    """Where the directory begins and ends, and how far all is from where the archive says, as some begin with more."""
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
    """The directory's next member; None where that is not plain, or damaged."""
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
    """Where a member's local header is; None where extra fields say more than that."""
    at, found = 0, None if offset == MOST else offset
    while at + FIELD.size <= len(extra):
        kind, length = FIELD.unpack_from(extra, at)
        at += FIELD.size
        if kind == UNICODE_NAME:
            return None
        if kind == LARGE and found is None and LARGE_OFFSET.size <= length <= len(extra) - at:
            (found,) = LARGE_OFFSET.unpack_from(extra, at)
        at += length
    return found


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
    """What a symbolic link leads to, which is its content."""
    if size > LONGEST_PATH:
        raise zipfile.BadZipFile(f"a link to a path of {size:,} bytes")
    return read().decode("utf-8", "surrogateescape")


def _first(file: BinaryIO, member: _Plain, count: int) -> bytes:
    """The first bytes of a member, whose checksum is that of all."""
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
        # No more than is announced: a few bytes can be deflated gigabytes.
        data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, member.size + 1)
    if len(data) != member.size or zlib.crc32(data) != member.checksum:
        raise zipfile.BadZipFile(f"{member.text} is damaged")
    return data


def _any_members(
    file: BinaryIO, passed: int, size: int, check: Callable[[int], None]
) -> Iterator[tuple[str, Callable[..., bytes] | None]]:
    """The members behind the first ones, of whatever kind."""
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
        # Not `read()` alone: of a member whose size is a lie it unpacks all before it looks at that.
        return b"".join(iter(partial(file.read, CHUNK), b""))
