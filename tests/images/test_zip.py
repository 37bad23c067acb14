"""Zips that are read without zipfile, zips that are left to zipfile, and equal results of both ways."""

import io
import struct
import tracemalloc
import zipfile

import pytest

from ladder.errors import LadderError
from ladder.images import zip

FILES = {"d/": b"", "d/1.png": b"one", "d/é.png": bytes(5_000), "d/9.png": bytes(range(256)) * 9}


def member(name, content=b"", method=zipfile.ZIP_DEFLATED, **fields):
    info = zipfile.ZipInfo(name)
    info.compress_type = method
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def zip_of(*members, before=b"", comment=b""):
    stream = io.BytesIO()
    stream.write(before)
    with zipfile.ZipFile(stream, "a" if before else "w") as archive:
        archive.comment = comment
        for info, content in members:
            archive.writestr(info, content)
    return stream.getvalue()


PLAIN = zip_of(*(member(*file) for file in FILES.items()))
FIRST, LAST = member("d/1.png", b"one"), member("d/9.png", bytes(1_200))
TIMES = struct.pack("<HHBL", 0x5455, 5, 1, 0)
OTHER_NAME = struct.pack("<HHBL", 0x7075, 5, 1, 0)
READ_HERE = {
    "plain": PLAIN,
    "stored": zip_of(member("d/", b"", zipfile.ZIP_STORED), member("d/1.png", b"one", zipfile.ZIP_STORED)),
    "a name of DOS": PLAIN.replace("d/é.png".encode(), b"d/\x82x.png").replace(b"\x14\0\0\x08\x08", b"\x14\0\0\0\x08"),
    "extra fields": zip_of(FIRST, member("d/2.png", b"two", extra=TIMES, comment=b"two"), LAST),
    "something before": zip_of(FIRST, LAST, before=b"#!/bin/sh\n" * 99),
    "something put before": b"#!/bin/sh\n" * 99 + PLAIN,
    "a comment": zip_of(FIRST, LAST, comment=b"what this is" * 999),
    "two of one name": zip_of(FIRST, member("d/1.png", b"other")),
    "no members": zip_of(),
}
LEFT_TO_ZIPFILE = {
    "bzip2": zip_of(FIRST, member("d/2.png", b"two", zipfile.ZIP_BZIP2), LAST),
    "lzma": zip_of(member("d/2.png", b"two", zipfile.ZIP_LZMA), LAST),
    "a field with another name": zip_of(FIRST, member("d/2.png", b"two", extra=OTHER_NAME), LAST),
    "a password": PLAIN.replace(b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0").replace(
        b"PK\3\4\x14\0\0\0", b"PK\3\4\x14\0\1\0"
    ),
    "another mark": PLAIN.replace(b"PK\1\2", b"PK\1\3"),
    "a size that is too large": PLAIN.replace(struct.pack("<L", 5_000), b"\xff" * 4),
}


def listed(members):
    """The listing of an archive: its members with their bytes, and whether it is whole."""
    listing = []
    try:
        for name, read in members:
            listing.append((name, read and read()))
    except (zipfile.BadZipFile, RuntimeError, EOFError, LadderError, zip.zlib.error):
        return listing, False
    return listing, True


def ours(data):
    return listed(zip.members(io.BytesIO(data), io.BytesIO(data), lambda _: None))


def zipfiles(data):
    return listed(zip._any_members(io.BytesIO(data), 0, 0, lambda _: None))


@pytest.fixture
def opened(monkeypatch):
    """Archives that zipfile has opened so far."""
    archives, plainly = [], zipfile.ZipFile

    def counted(file, *mode):
        if not mode:
            archives.append(file)
        return plainly(file, *mode)

    monkeypatch.setattr(zip.zipfile, "ZipFile", counted)
    return archives


@pytest.mark.parametrize("data", READ_HERE.values(), ids=READ_HERE)
def test_plain_members_are_read_without_zipfile(data, opened):
    listing = ours(data)
    assert opened == []
    assert listing == zipfiles(data)
    assert listing[1]


@pytest.mark.parametrize("data", LEFT_TO_ZIPFILE.values(), ids=LEFT_TO_ZIPFILE)
def test_all_else_is_zipfiles(data, opened):
    listing = ours(data)
    assert len(opened) == 1
    assert listing == zipfiles(data)


def test_the_largest_archives_have_offsets_of_eight_bytes():
    data = zip_of(FIRST, LAST)
    at = data.rindex(b"PK\1\2")  # the last member's entry
    offset, large = data[at + 42 : at + 46], struct.pack("<HHQ", 1, 8, data.rindex(b"PK\3\4"))
    extra = struct.pack("<H", len(large))
    name = data[at + 46 : at + 46 + len("d/9.png")]
    assert offset != b"\xff" * 4
    entry = data[at : at + 30] + extra + data[at + 32 : at + 42] + b"\xff" * 4 + name + large
    begin = data.index(b"PK\1\2")
    directory = data[begin:at] + entry
    end = struct.pack("<4sQHHLLQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 2, 2, len(directory), begin)
    end += struct.pack("<4sLQL", b"PK\6\7", 0, begin + len(directory), 1)
    end += b"PK\5\6" + b"\0" * 4 + b"\xff" * 12 + b"\0\0"
    whole = data[:begin] + directory + end
    expected = [(info.filename, content) for info, content in (FIRST, LAST)]
    for before in (b"", b"#!/bin/sh\n"):
        assert ours(before + whole) == zipfiles(before + whole) == (expected, True)


def test_many_members_have_an_end_of_eight_bytes(opened):
    data = zip_of(*(member(f"d/{number}", b"", zipfile.ZIP_STORED) for number in range(65_536)))
    assert b"PK\6\6" in data
    listing, whole = ours(data)
    assert (len(listing), listing[-1], whole, opened) == (65_536, ("d/65535", b""), True, [])


def test_a_cut_is_noticed_wherever_it_is():
    for length in range(len(PLAIN)):
        assert ours(PLAIN[:length])[1] is False


def test_a_flipped_bit_is_noticed_where_zipfile_notices_it():
    plain = listed(zip.members(io.BytesIO(PLAIN), io.BytesIO(PLAIN), lambda _: None))
    missed = []
    for at in range(len(PLAIN)):
        damaged = bytearray(PLAIN)
        damaged[at] ^= 1
        try:
            theirs = zipfiles(bytes(damaged))
        except (UnicodeDecodeError, NotImplementedError, ValueError):
            continue
        listing = ours(bytes(damaged))
        # Damage that zipfile does not see may change dates and versions, but no byte of a member.
        if listing != theirs and listing[1] and listing != plain:
            missed.append(at)
    assert missed == []


def test_no_more_is_inflated_than_is_announced():
    data = zip_of(member("d/1.png", bytes(50_000_000)))
    small = data.replace(struct.pack("<L", 50_000_000), struct.pack("<L", 100))
    tracemalloc.start()
    listing, whole = ours(small)
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (listing, whole) == ([], False)
    assert highest < 1_000_000


def test_memory_does_not_grow_with_the_members(tmp_path):
    def peak(members):
        path = tmp_path / "a.zip"
        path.write_bytes(zip_of(*(member(f"train/3/{number:06}.png") for number in range(members))))
        with open(path, "rb") as file, open(path, "rb") as directory:
            tracemalloc.start()
            assert sum(1 for _ in zip.members(file, directory, lambda _: None)) == members
            _, highest = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        return highest

    peak(100)  # fills imports and caches
    # The search for the end covers the longest comment: both archives are longer.
    assert peak(9_000) == pytest.approx(peak(3_000), rel=0.2)
