import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image
from PIL.TiffImagePlugin import AppendingTiffWriter

from ladder.errors import LadderError
from ladder.images.decoding import decode

RANDOM = np.random.default_rng(0)
GREY = RANDOM.integers(0, 256, (5, 7), dtype=np.uint8)
COLOUR = RANDOM.integers(0, 256, (5, 7, 3), dtype=np.uint8)
REFUSED = "a.png: {} is neither 8-bit grey nor RGB without alpha; convert the image first"


def png_of_16_bits(pixels):
    """A PNG of uint16 [height, width, channels], which Pillow cannot write."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width, channels = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 3: 2}[channels], 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def refusal_of(data):
    with pytest.raises(LadderError) as caught:
        decode("a.png", data)
    return str(caught.value)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_grey_stays_grey(png, kind):
    pixels = decode("a", png(GREY, kind))
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, GREY)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_colour_comes_with_its_channels_first(png, kind):
    pixels = decode("a", png(COLOUR, kind))
    assert (pixels.dtype, pixels.flags.c_contiguous) == (np.uint8, True)
    np.testing.assert_array_equal(pixels, COLOUR.transpose(2, 0, 1))


def test_black_and_white_is_grey(png):
    np.testing.assert_array_equal(decode("a", png(GREY > 99)), np.where(GREY > 99, 255, 0))


def test_a_palette_becomes_its_colours(png, tmp_path):
    indexed = Image.fromarray(GREY % 4).convert("L")
    indexed.putpalette([1, 2, 3, 40, 50, 60, 7, 8, 9, 200, 100, 0])
    indexed.save(tmp_path / "a.png")
    colours = np.array([[1, 2, 3], [40, 50, 60], [7, 8, 9], [200, 100, 0]], dtype=np.uint8)
    expected = colours[GREY % 4].transpose(2, 0, 1)
    np.testing.assert_array_equal(decode("a", (tmp_path / "a.png").read_bytes()), expected)


def test_pixels_pass_through():
    assert decode("a", GREY) is GREY


@pytest.mark.parametrize(
    ("kind", "options"),
    [("GIF", {}), ("WEBP", {"lossless": True}), ("BMP", {}), ("TIFF", {}), ("PPM", {}), ("PNG", {})],
)
def test_what_is_grey_by_its_pixels_is_grey(png, kind, options):
    for pixels in (GREY, np.dstack([GREY] * 3)):
        np.testing.assert_array_equal(decode("a", png(pixels, kind, **options)), GREY)
    if kind != "GIF":  # of few colours
        other = np.dstack([GREY] * 3)
        other[4, 6, 2] ^= 1
        np.testing.assert_array_equal(decode("a", png(other, kind, **options)), other.transpose(2, 0, 1))


def test_a_palette_of_greys_is_grey(tmp_path):
    Image.fromarray(GREY).convert("P").save(tmp_path / "a.png")
    np.testing.assert_array_equal(decode("a", (tmp_path / "a.png").read_bytes()), GREY)


def test_a_cameras_picture_with_a_smaller_one_behind_it(png):
    first, smaller = Image.fromarray(COLOUR), Image.fromarray(COLOUR[::2, ::2])
    stream = io.BytesIO()
    first.save(stream, "MPO", save_all=True, append_images=[smaller])
    assert Image.open(io.BytesIO(stream.getvalue())).format == "MPO"
    np.testing.assert_array_equal(decode("a", stream.getvalue()), decode("a", png(COLOUR, "JPEG")))


@pytest.mark.parametrize(("kinds", "taken"), [((0, 1), True), ((0, 4, 1), True), ((0, 0), False), ((1, 0), False)])
def test_a_tiff_with_smaller_pages_is_its_first_page(kinds, taken):
    stream = io.BytesIO()
    with AppendingTiffWriter(stream, new=True) as tiff:
        for number, kind in enumerate(kinds):
            page = Image.fromarray(np.ascontiguousarray(COLOUR[:: 1 + number, :: 1 + number]))
            page.save(tiff, "TIFF", tiffinfo={254: kind})
            tiff.newFrame()
    if taken:
        np.testing.assert_array_equal(decode("a", stream.getvalue()), COLOUR.transpose(2, 0, 1))
    else:
        assert refusal_of(stream.getvalue()).startswith("a.png: TIFF with several pictures")


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


ZEROS = zlib.compress(bytes(70_000_000))
LARGE = {
    "zTXt": chunk(b"zTXt", b"Raw\0\0" + ZEROS),
    "iTXt": chunk(b"iTXt", b"Raw\0\1\0\0\0" + ZEROS),
    "tEXt": 70 * chunk(b"tEXt", b"Comment\0" + b"x" * 1_000_000),
    "iCCP": chunk(b"iCCP", b"profile\0\0" + ZEROS),
    "a damaged text": b"\0\0\0\5tEXtabcde\0\0\0\0",
}


@pytest.mark.parametrize("pixels", [GREY, COLOUR], ids=["grey", "colour"])
@pytest.mark.parametrize("case", LARGE)
@pytest.mark.parametrize("at", [33, -12])
def test_what_is_beside_the_pixels_has_no_limit_and_takes_no_memory(png, case, pixels, at):
    data = png(pixels)
    decode("a", png(COLOUR))  # imports
    data = data[:at] + LARGE[case] + data[at:]
    tracemalloc.start()
    found = decode("a", data)
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(found, pixels if pixels.ndim == 2 else pixels.transpose(2, 0, 1))
    assert highest < 3_000_000 + len(data)


@pytest.mark.parametrize("keyword", [b"XML:com.adobe.xmp\0\0\0\0\0", b"Software\0\0\0\0\0"])
def test_a_text_that_turns_the_picture_is_obeyed(png, keyword):
    data = png(COLOUR)
    data = data[:33] + chunk(b"iTXt", keyword + b'<x:xmpmeta tiff:Orientation="3"/>') + data[33:]
    turns = keyword.startswith(b"XML")
    np.testing.assert_array_equal(decode("a", data), (COLOUR[::-1, ::-1] if turns else COLOUR).transpose(2, 0, 1))


@pytest.mark.parametrize("channels", [2, 4])
def test_alpha_is_refused(png, channels):
    mode = {2: "LA", 4: "RGBA"}[channels]
    assert refusal_of(png(np.zeros((4, 4, channels), np.uint8))) == REFUSED.format(f"Pillow mode {mode}")


@pytest.mark.parametrize("channels", [1, 3])
def test_16_bits_are_refused(channels):
    assert refusal_of(png_of_16_bits(np.full((4, 4, channels), 2_313))) == REFUSED.format("16-bit PNG")


def test_16_bits_of_a_tiff_are_refused(png):
    assert refusal_of(png(np.zeros((4, 4), np.uint16), "TIFF")) == REFUSED.format("16-bit TIFF")


def tiff(bits, pixels, channels=1, photometric=1):
    """A TIFF of 4x4 pixels in one strip, by hand; `bits` a channel, or None for a file that does not say."""
    fields = [(256, 3, 1, 4), (257, 3, 1, 4), (259, 3, 1, 1), (262, 3, 1, photometric)]  # size, plain, what 0 means
    fields += [(277, 3, 1, channels), (278, 3, 1, 4), (279, 4, 1, len(pixels))]
    at = 8 + 2 + 12 * (len(fields) + 1 + (bits is not None)) + 4
    if bits is not None:
        fields += [(258, 3, channels, bits if channels == 1 else at)]
    long_bits = struct.pack(f"<{channels}H", *[bits] * channels) if bits is not None and channels > 1 else b""
    fields += [(273, 4, 1, at + len(long_bits))]
    entries = b"".join(struct.pack("<HHLL", *field) for field in sorted(fields))
    return struct.pack("<2sHLH", b"II", 42, 8, len(fields)) + entries + bytes(4) + long_bits + pixels


def test_16_bits_of_a_colour_tiff_are_refused(png):
    # Pillow opens it as RGB, and would drop half of each number.
    colours = RANDOM.integers(0, 256, (4, 4, 3), dtype=np.uint8)
    np.testing.assert_array_equal(decode("a", tiff(8, colours.tobytes(), 3, 2)), colours.transpose(2, 0, 1))
    wide = tiff(16, colours.astype("<u2").tobytes(), 3, 2)
    assert Image.open(io.BytesIO(wide)).mode == "RGB"
    assert refusal_of(wide) == REFUSED.format("16-bit TIFF")


def test_a_tiff_that_does_not_say_has_one_bit():
    rows = bytes([0b10100000, 0b01010000, 0b11110000, 0])
    expected = np.array([[1, 0, 1, 0], [0, 1, 0, 1], [1, 1, 1, 1], [0, 0, 0, 0]], np.uint8) * 255
    np.testing.assert_array_equal(decode("a", tiff(None, rows)), expected)


@pytest.mark.parametrize(("kind", "values"), [("P5", 4), ("P6", 12)])
def test_16_bits_of_a_netpbm_file_are_refused(kind, values):
    data = f"{kind}\n2 2\n65535\n".encode() + bytes(range(2 * values))
    assert "neither 8-bit grey nor RGB" in refusal_of(data)


def test_a_transparent_colour_is_refused(png):
    assert refusal_of(png(COLOUR, transparency=(1, 2, 3))) == REFUSED.format("RGB with a transparent colour")


def test_a_transparent_grey_is_refused(png):
    assert refusal_of(png(GREY, transparency=3)) == REFUSED.format("L with a transparent colour")


def test_text_is_no_image():
    assert refusal_of(b"not an image") == "a.png: no PNG, JPEG, BMP, GIF, TIFF, WebP or PPM image (12 bytes)"


def test_an_empty_file_is_no_image():
    assert refusal_of(b"") == "a.png: no PNG, JPEG, BMP, GIF, TIFF, WebP or PPM image (0 bytes)"


def test_a_cut_image_is_refused_unless_all_its_pixels_are_there(png):
    whole = png(GREY)
    assert refusal_of(whole[: len(whole) // 2]).startswith("a.png: a damaged image (")
    refused = 0
    for length in range(len(whole)):
        try:
            np.testing.assert_array_equal(decode("a.png", whole[:length]), GREY)
        except LadderError:
            refused += 1
    assert refused > len(whole) - 24  # checksums, and the chunk that ends the file


def test_a_flipped_bit_is_noticed(png):
    whole = png(GREY)
    first = whole.index(b"IDAT") + 4
    for at in range(first, first + 20):
        damaged = bytearray(whole)
        damaged[at] ^= 16
        assert refusal_of(bytes(damaged)).startswith("a.png: a damaged image (")


def test_a_damaged_chunk_is_noticed(png):
    damaged = bytearray(png(RANDOM.integers(0, 256, (400, 400), dtype=np.uint8)))
    second = damaged.index(b"IDAT", damaged.index(b"IDAT") + 4)
    damaged[second : second + 4] = b"\1\2\3\4"
    assert refusal_of(bytes(damaged)) == r"a.png: a damaged image (broken PNG file (chunk b'\x01\x02\x03\x04'))"


@pytest.mark.parametrize(
    "bug", [AttributeError("no such field"), TypeError("our own"), KeyError("mode"), MemoryError()]
)
@pytest.mark.parametrize("place", ["ladder.images.decoding._unsuitable", "ladder.images.decoding._bits"])
def test_a_bug_of_ours_is_no_damage(png, monkeypatch, bug, place):
    def broken(*_):
        raise bug

    monkeypatch.setattr(place, broken)
    with pytest.raises(type(bug)) as caught:
        decode("a.png", png(COLOUR))
    assert caught.value is bug


def test_a_lack_of_memory_is_no_damage(png, monkeypatch):
    def full(*_, **__):
        raise MemoryError

    monkeypatch.setattr("PIL.Image.core.new", full)  # what Pillow allocates with
    monkeypatch.setattr("PIL.Image.core.fill", full)
    with pytest.raises(MemoryError):
        decode("a.png", png(COLOUR))


@pytest.mark.parametrize(
    "error", [KeyError("chunk"), struct.error("too short"), AttributeError("its own"), OSError("cut")]
)
def test_whatever_pillow_stumbles_over_is_damage(png, monkeypatch, error):
    def stumble(*_):
        raise error

    monkeypatch.setattr("PIL.PngImagePlugin.i32", stumble)  # the parser's reader of numbers
    assert refusal_of(png(COLOUR)).startswith(("a.png: a damaged image (", "a.png: no PNG, "))


def test_an_absurd_size_is_refused(png):
    huge = bytearray(png(GREY))
    huge[16:24] = struct.pack(">II", 50_000, 50_000)
    huge[29:33] = struct.pack(">I", zlib.crc32(huge[12:29]))
    assert refusal_of(bytes(huge)) == (
        "a.png: 50,000x50,000 pixels are more than the 16,777,216 that are allowed; convert the image first"
    )
