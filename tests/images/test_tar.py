"""Tars that are read without tarfile, tars that are left to tarfile, and equal results of both ways."""

import gzip
import io
import tarfile

import numpy as np
import pytest

from ladder.errors import LadderError
from ladder.images import tar

LONG = "a" * 60 + "/" + "b" * 60 + ".png"


def member(name, content=b"", kind=tarfile.REGTYPE, **fields):
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def tar_of(*members, layout=tarfile.GNU_FORMAT):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=layout) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def with_header(data, at, old, new):
    """The archive with some bytes of its header at `at` replaced, and the right checksum."""
    header = bytearray(data[at : at + 512].replace(old, new, 1))
    assert header != data[at : at + 512]
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + sum(header[156:]) + 256)
    return data[:at] + bytes(header) + data[at + 512 :]


FOLDER = member("d", kind=tarfile.DIRTYPE)
FIRST, LAST = member("d/1.png", b"one"), member("d/9.png", bytes(1_200))
PLAIN = tar_of(FOLDER, FIRST, LAST)
UNUSUAL = {
    "a long name": tar_of(FIRST, member(LONG, b"two"), LAST),
    "a long name of ustar": tar_of(FIRST, member(LONG, b"two"), LAST, layout=tarfile.USTAR_FORMAT),
    "a long name of pax": tar_of(FIRST, member(LONG, b"two"), LAST, layout=tarfile.PAX_FORMAT),
    "a pax header": tar_of(FIRST, member("d/é", b"two", mtime=1.5), LAST, layout=tarfile.PAX_FORMAT),
    "a symbolic link": tar_of(FIRST, member("d/l", kind=tarfile.SYMTYPE, linkname="1.png"), LAST),
    "a hard link": tar_of(FIRST, member("d/l", kind=tarfile.LNKTYPE, linkname="d/1.png"), LAST),
    "a pipe": tar_of(FIRST, member("d/p", kind=tarfile.FIFOTYPE), LAST),
    "a file of the seventies": tar_of(FIRST, member("d/2.png", b"two", tarfile.AREGTYPE), LAST),
    "a folder of the seventies": tar_of(FIRST, member("d/e/", b"", tarfile.AREGTYPE), LAST),
    "an unknown kind": tar_of(FIRST, member("d/2.png", b"two", b"Z"), LAST),
    "a folder with a size": with_header(PLAIN, 0, b"00000000000\0", b"00000000003\0"),
    "a size in binary": with_header(PLAIN, 512, b"00000000003\0", b"\x80" + bytes(10) + b"\3"),
    "a size of twelve digits": with_header(PLAIN, 512, b"00000000003\0", b"000000000003"),
    "a size with spaces": with_header(PLAIN, 512, b"00000000003\0", b"         3 \0"),
    "a size that is no number": with_header(PLAIN, 512, b"00000000003\0", b"00000000009\0"),
    "another magic": with_header(PLAIN, 512, b"ustar  \0", b"\0" * 8),
    "a checksum of seven digits": PLAIN.replace(PLAIN[512 + 148 : 512 + 156], b"0" + PLAIN[660:666] + b"\0"),
    "a wrong checksum": PLAIN.replace(b"d/1", b"e/1"),
    "no end": PLAIN[:-10_240] + PLAIN[-10_240:].rstrip(b"\0"),
    "an end of one block": PLAIN[: 8 * 512],
    "members behind the end": PLAIN + PLAIN,
    "nothing": b"",
    "an end alone": tar_of(),
    "text": b"some text, not an archive\n" * 99,
}


def listed(members):
    """The listing of an archive: its members with their bytes or errors, and whether it ended well."""
    listing = []
    try:
        for name, read in members:
            try:
                listing.append((name, read and read()))
            except LadderError as error:
                listing.append((name, str(error)))
    except tarfile.TarError:
        return listing, False
    return listing, True


def ours(data):
    return listed(tar.members(io.BytesIO(data)))


def tarfiles(data):
    return listed(tar._any_members(io.BytesIO(data)))


@pytest.fixture
def headers(monkeypatch):
    """Headers that tarfile has parsed so far."""
    parsed = []
    plainly = tarfile.TarInfo.frombuf.__func__

    def counted(cls, buffer, *arguments):
        parsed.append(buffer)
        return plainly(cls, buffer, *arguments)

    monkeypatch.setattr(tarfile.TarInfo, "frombuf", classmethod(counted))
    return parsed


@pytest.mark.parametrize(
    ("layout", "name"),
    [
        (tarfile.GNU_FORMAT, "d/é.png"),
        (tarfile.USTAR_FORMAT, "d/é.png"),
        (tarfile.PAX_FORMAT, "d/2.png"),
        (tarfile.GNU_FORMAT, "d/\udce9.png"),
        (tarfile.GNU_FORMAT, "x" * 100),
    ],
)
def test_plain_members_are_read_without_tarfile(layout, name, headers):
    data = tar_of(FOLDER, FIRST, member(name, b"x" * 512), LAST, layout=layout)
    expected = [("d", None), ("d/1.png", b"one"), (name, b"x" * 512), ("d/9.png", bytes(1_200))]
    assert ours(data) == (expected, True)
    assert [block.strip(b"\0") for block in headers] == [b""]  # the end of the archive
    assert tarfiles(data) == (expected, True)


def test_mnist_is_read_without_tarfile(archive, headers):
    with gzip.open(archive("mnist_sample.tgz")) as stream:
        assert sum(1 for _ in tar.members(stream)) == 14_442
    assert [block.strip(b"\0") for block in headers] == [b""]


@pytest.mark.parametrize("data", UNUSUAL.values(), ids=UNUSUAL)
def test_all_else_is_tarfiles(data):
    assert ours(data) == tarfiles(data)


@pytest.mark.parametrize(
    ("kind", "described"),
    [
        ("a symbolic link", "a symbolic link"),
        ("a hard link", "a hard link"),
        ("a pipe", "a pipe"),
        ("an unknown kind", "no file"),
    ],
)
def test_what_is_no_file_says_so_when_it_is_read(kind, described):
    listing, _ = ours(UNUSUAL[kind])
    assert listing[1][1] == f"{listing[1][0]}: {described}, not an image; put the image itself there"


def test_a_name_without_end_is_not_read():
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 1 << 40
    with pytest.raises(tarfile.ReadError, match="a name or header of 1,099,511,627,776 bytes"):
        list(tar.members(io.BytesIO(header.tobuf(tarfile.GNU_FORMAT) + bytes(1 << 20))))


def test_a_size_without_end_is_an_early_end():
    header = tarfile.TarInfo("train/3/a.txt")
    header.size = 1 << 62
    with pytest.raises(tarfile.ReadError, match="unexpected end of data"):
        list(tar.members(io.BytesIO(header.tobuf(tarfile.GNU_FORMAT) + bytes(1 << 20))))


def test_archives_of_both_ends_are_among_the_unusual():
    ends = [ours(data)[1] for data in UNUSUAL.values()]
    assert (ends.count(True) > 9, ends.count(False) > 3) == (True, True)


def test_a_file_may_be_passed_over_or_read_twice():
    members = tar.members(io.BytesIO(tar_of(LAST, FIRST, FOLDER)))
    next(members)
    name, read = next(members)
    assert (name, read(), read(), next(members)) == ("d/1.png", b"one", b"one", ("d", None))


def test_a_flipped_bit_of_a_header_is_noticed():
    for at in range(8 * 512):
        damaged = bytearray(PLAIN)
        damaged[512 + at // 8] ^= 1 << at % 8
        listing, whole = ours(bytes(damaged))
        assert (listing, whole) == tarfiles(bytes(damaged))
        # Spaces and zeros end a number alike, and the checksum leaves itself out.
        assert not whole or listing == ours(PLAIN)[0]


def test_a_cut_is_noticed_wherever_it_is():
    for length in range(0, len(PLAIN), 64):
        listing, whole = ours(PLAIN[:length])
        assert (listing, whole) == tarfiles(PLAIN[:length])
        assert whole == (length >= 8 * 512)  # seven blocks of members, and one that ends them


def test_the_sum_is_that_of_the_bytes():
    random = np.random.default_rng(0)
    for header in (bytes(512), b"\xff" * 512, random.bytes(512), b"\xff" * 256 + bytes(256)):
        assert tar._sum(header) == sum(header)
