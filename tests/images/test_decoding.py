import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image
from PIL.TiffImagePlugin import AppendingTiffWriter

from ladder.errors import LadderError
from ladder.images.decoding import decode as decoded
from ladder.images.pixels import AS_THEY_ARE

RANDOM = np.random.default_rng(0)
GREY = RANDOM.integers(0, 256, (5, 7), dtype=np.uint8)
COLOUR = RANDOM.integers(0, 256, (5, 7, 3), dtype=np.uint8)


def decode(path, data, settings=AS_THEY_ARE):
    return decoded(path, data, settings)[0]


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
    if kind != "GIF":  # a GIF has few colours
        coloured = np.dstack([GREY] * 3)
        coloured[4, 6, 2] ^= 1
        np.testing.assert_array_equal(decode("a", png(coloured, kind, **options)), coloured.transpose(2, 0, 1))


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
        assert refusal_of(stream.getvalue()).startswith("a.png: TIFF with several pictures; add ")


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
    decoded_pixels = decode("a", data)
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(decoded_pixels, pixels if pixels.ndim == 2 else pixels.transpose(2, 0, 1))
    assert highest < 3_000_000 + len(data)


@pytest.mark.parametrize("keyword", [b"XML:com.adobe.xmp\0\0\0\0\0", b"Software\0\0\0\0\0"])
def test_a_text_that_turns_the_picture_is_obeyed(png, keyword):
    data = png(COLOUR)
    data = data[:33] + chunk(b"iTXt", keyword + b'<x:xmpmeta tiff:Orientation="3"/>') + data[33:]
    turns = keyword.startswith(b"XML")
    np.testing.assert_array_equal(decode("a", data), (COLOUR[::-1, ::-1] if turns else COLOUR).transpose(2, 0, 1))


def test_text_is_no_image():
    assert refusal_of(b"not an image") == "a.png: no PNG, JPEG, BMP, GIF, TIFF, WebP or PPM image (12 bytes)"


def test_a_jpeg_of_12_bits_is_refused_by_its_name(png):
    data = bytearray(png(COLOUR, "JPEG"))
    data[data.index(b"\xff\xc0") + 4] = 12
    assert refusal_of(bytes(data)) == "a.png: a JPEG image that cannot be read (cannot handle 12-bit layers)"


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
@pytest.mark.parametrize("place", ["decoding._pictures", "conversion._unsuitable", "fitting.fitted"])
def test_a_bug_of_ours_is_no_damage(png, monkeypatch, bug, place):
    def broken(*_):
        raise bug

    monkeypatch.setattr(f"ladder.images.{place}", broken)
    with pytest.raises(type(bug)) as caught:
        decode("a.png", png(COLOUR))
    assert caught.value is bug


def test_a_lack_of_memory_is_no_damage(png, monkeypatch):
    def full(*_, **__):
        raise MemoryError

    monkeypatch.setattr("PIL.Image.core.new", full)  # Pillow allocates memory with it
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
    assert refusal_of(png(COLOUR)).startswith(("a.png: a damaged image (", "a.png: a PNG image that cannot be read ("))


def test_an_absurd_size_is_refused(png):
    huge = bytearray(png(GREY))
    huge[16:24] = struct.pack(">II", 50_000, 50_000)
    huge[29:33] = struct.pack(">I", zlib.crc32(huge[12:29]))
    assert refusal_of(bytes(huge)) == (
        "a.png: 50,000x50,000 pixels are more than the 16,777,216 that are allowed; convert the image first"
    )
