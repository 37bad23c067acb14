"""PNGs that are decoded without Pillow, PNGs that are left to Pillow, and equal results of both ways."""

import struct
import warnings
import zlib
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from ladder.errors import LadderError
from ladder.images import plain_png
from ladder.images.decoding import decode

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 7), dtype=np.uint8)
ROWS = [bytes(row) for row in PIXELS]
START = b"\x89PNG\r\n\x1a\n"
END = b"\0\0\0\0IEND\xaeB`\x82"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width=7, height=5, depth=8, colour=0, compression=0, filters=0, interlace=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, compression, filters, interlace))


def idat(rows=ROWS, filters=0, level=6):
    return chunk(b"IDAT", zlib.compress(b"".join(bytes([filters]) + row for row in rows), level))


def png_of(*chunks):
    return START + b"".join(chunks) + END


def with_byte(data, at, value):
    changed = bytearray(data)
    changed[at] ^= value
    return bytes(changed)


PLAIN = png_of(header(), idat())
BODY = zlib.compress(b"".join(b"\0" + row for row in ROWS))
UNUSUAL = {
    **{f"rows with filter {number}": png_of(header(), idat(filters=number)) for number in (1, 2, 3, 4, 5)},
    "one row with a filter": png_of(
        header(), chunk(b"IDAT", zlib.compress(b"".join(map(bytes.__add__, [b"\0"] * 4 + [b"\1"], ROWS))))
    ),
    "interlaced": png_of(header(interlace=1), idat()),
    "interlaced, of one pixel": png_of(header(1, 1, interlace=1), idat([b"\7"])),
    "two IDAT chunks": png_of(header(), chunk(b"IDAT", BODY[:20]), chunk(b"IDAT", BODY[20:])),
    "an empty second IDAT chunk": png_of(header(), idat(), chunk(b"IDAT", b"")),
    "no IDAT chunk": png_of(header()),
    "an empty IDAT chunk": png_of(header(), chunk(b"IDAT", b"")),
    "palette": png_of(header(colour=3), chunk(b"PLTE", bytes(range(256)) * 3), idat()),
    "a palette that is missing": png_of(header(colour=3), idat()),
    "colour": png_of(header(2, 5, colour=2), idat([row[:6] for row in ROWS])),
    "grey with alpha": png_of(header(3, 5, colour=4), idat([row[:6] for row in ROWS])),
    "16 bits": png_of(header(3, 5, depth=16), idat([row[:6] for row in ROWS])),
    "1 bit": png_of(header(7, 5, depth=1), idat([row[:1] for row in ROWS])),
    "4 bits": png_of(header(7, 5, depth=4), idat([row[:4] for row in ROWS])),
    "3 bits": png_of(header(7, 5, depth=3), idat([row[:3] for row in ROWS])),
    "a compression method that is none": png_of(header(compression=1), idat()),
    "a filter method that is none": png_of(header(filters=1), idat()),
    "an interlace method that is none": png_of(header(interlace=2), idat()),
    "a transparent grey": png_of(header(), chunk(b"tRNS", b"\0\7"), idat()),
    "gamma": png_of(header(), chunk(b"gAMA", struct.pack(">I", 45455)), idat()),
    "text before": png_of(header(), chunk(b"tEXt", b"Title\0a"), idat()),
    "text behind": png_of(header(), idat(), chunk(b"tEXt", b"Title\0a")),
    "an unknown critical chunk": png_of(header(), chunk(b"ABCD", b""), idat()),
    "a header that is too long": png_of(chunk(b"IHDR", header()[8:-4] + b"\0"), idat()),
    "a header that is too short": png_of(chunk(b"IHDR", header()[8:-5]), idat()),
    "two headers": png_of(header(), header(), idat()),
    "a bad checksum of the header": with_byte(PLAIN, 30, 1),
    "a bad checksum of the pixels": with_byte(PLAIN, len(PLAIN) - 13, 1),
    "a bad checksum of the end": with_byte(PLAIN, len(PLAIN) - 1, 1),
    "a bad checksum of zlib's": png_of(header(), chunk(b"IDAT", with_byte(BODY, -1, 1))),
    "no checksum of zlib's": png_of(header(), chunk(b"IDAT", BODY[:-4])),
    "pixels that are no zlib": png_of(header(), chunk(b"IDAT", bytes(range(40)))),
    "zlib without its head": png_of(header(), chunk(b"IDAT", BODY[2:-4])),
    "bytes behind zlib's end": png_of(header(), chunk(b"IDAT", BODY + b"more")),
    "a row too many": png_of(header(), idat([*ROWS, ROWS[0]])),
    "a row too few": png_of(header(), idat(ROWS[:-1])),
    "a pixel too many": png_of(header(), idat([*ROWS[:-1], ROWS[-1] + b"\0"])),
    "a megabyte too many": png_of(header(), idat([*ROWS, bytes(1 << 20)])),
    "no width": png_of(header(width=0), idat()),
    "no height": png_of(header(height=0), idat()),
    "neither width nor height": png_of(header(0, 0), idat()),
    "other dimensions": png_of(header(width=5, height=7), idat()),
    "a negative size": png_of(header(width=0xFFFFFFFF), idat()),
    "an absurd size": png_of(header(50_000, 50_000), idat()),
    "bytes behind the end": PLAIN + b"more",
    "a second image behind the end": PLAIN + PLAIN,
    "no end": PLAIN[:-12],
    "bytes before the start": b"\n" + PLAIN,
    "a length of a chunk that is too large": with_byte(PLAIN, 33, 1),
    "a length of a chunk that is too small": with_byte(PLAIN, 36, 1),
    "nothing": b"",
    "a signature alone": START,
    "a header alone": START + header(),
}


def verdict(data):
    """The result for an image: its shape and pixels, or a refusal's sentence."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            pixels, _ = decode("a.png", data)
        except LadderError as error:
            return str(error)
        return pixels.dtype, pixels.shape, pixels.tobytes()


@pytest.fixture
def pillows(monkeypatch):
    """`pillows(data)`: the verdict of Pillow alone."""

    def pillows(data):
        with monkeypatch.context() as patched:
            patched.setattr(plain_png, "pixels", lambda _: None)
            return verdict(data)

    return pillows


@pytest.mark.parametrize("level", [0, 1, 6, 9])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (5, 7), (28, 28), (300, 200)])
def test_a_plain_png_has_pillows_pixels(shape, level, pillows):
    expected = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    data = png_of(header(shape[1], shape[0]), idat([bytes(row) for row in expected], level=level))
    np.testing.assert_array_equal(plain_png.pixels(data), expected)
    assert verdict(data) == pillows(data) == (np.uint8, shape, expected.tobytes())


@pytest.mark.parametrize("data", UNUSUAL.values(), ids=UNUSUAL)
def test_all_else_is_left_to_pillow(data, pillows):
    assert plain_png.pixels(data) is None
    assert verdict(data) == pillows(data)


def test_what_pillow_takes_and_refuses_is_both_among_the_unusual(pillows):
    refused = [isinstance(pillows(data), str) for data in UNUSUAL.values()]
    assert (refused.count(True) > 20, refused.count(False) > 10) == (True, True)


def test_every_cut_is_left_to_pillow(pillows):
    for length in range(len(PLAIN)):
        assert plain_png.pixels(PLAIN[:length]) is None
        assert verdict(PLAIN[:length]) == pillows(PLAIN[:length])


def test_every_flipped_bit_is_left_to_pillow(pillows):
    for at in range(8 * len(PLAIN)):
        flipped = with_byte(PLAIN, at // 8, 1 << at % 8)
        assert plain_png.pixels(flipped) is None
        assert verdict(flipped) == pillows(flipped)


def test_a_bomb_does_not_expand(monkeypatch):
    asked = []

    class Inflate:
        def __init__(self):
            self.inner = zlib.decompressobj()

        def decompress(self, data, most):
            asked.append(most)
            return self.inner.decompress(data, most)

        def __getattr__(self, name):
            return getattr(self.inner, name)

    monkeypatch.setattr(plain_png, "decompressobj", Inflate)
    assert plain_png.pixels(UNUSUAL["a megabyte too many"]) is None
    assert asked == [5 * 8 + 1]


def damaged(random, data):
    """Bytes with one to three random changes."""
    changed = bytearray(data)
    for _ in range(random.integers(1, 4)):
        at, many = int(random.integers(0, len(changed))), int(random.integers(1, 6))
        kind = random.integers(0, 4)
        if kind == 0:
            changed[at] ^= 1 << int(random.integers(0, 8))
        elif kind == 1:
            changed[at] = int(random.integers(0, 256))
        elif kind == 2 and many < len(changed):
            del changed[at : at + many]
        else:
            changed[at:at] = random.bytes(many)
    return bytes(changed)


def mutant(random):
    """A PNG that is damaged in its fields, its rows, its zlib stream, the whole file, or in several of these."""

    def maybe(data):
        return damaged(random, data) if random.integers(0, 3) == 0 else data

    fields = maybe(header()[8:-4])
    body = maybe(zlib.compress(maybe(b"".join(b"\0" + row for row in ROWS)), int(random.integers(0, 10))))
    return maybe(png_of(chunk(b"IHDR", fields), chunk(b"IDAT", body)))


def test_mutants_get_pillows_verdict(pillows, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)  # else Pillow clears as much memory as a header claims
    random = np.random.default_rng(0)
    counts = Counter()
    for _ in range(5_000):
        data = mutant(random)
        ours, theirs = verdict(data), pillows(data)
        assert ours == theirs, data
        counts[plain_png.pixels(data) is not None, isinstance(theirs, str)] += 1
    # Both ways are taken, and Pillow takes some images and refuses some.
    assert min(counts[True, False], counts[False, True], counts[False, False]) > 100
    assert counts[True, True] == 0
