"""Conversions that need a setting, the settings that the message proposes, and the converted pixels."""

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from ladder.errors import LadderError
from ladder.images import changes, pixels
from ladder.images.decoding import Damaged, decode

RANDOM = np.random.default_rng(0)
GREY = RANDOM.integers(0, 256, (5, 7), dtype=np.uint8)
COLOUR = RANDOM.integers(0, 256, (5, 7, 3), dtype=np.uint8)
ALPHA = RANDOM.integers(0, 256, (5, 7), dtype=np.uint8)
FULL = [0, 65535]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of_16_bits(values, *chunks):
    """A PNG of uint16 [height, width, channels], which Pillow does not write."""
    height, width, channels = values.shape
    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    inner = b"".join((*chunks, chunk(b"IDAT", zlib.compress(rows))))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + inner + chunk(b"IEND", b"")


def tiff(values, bits=None, order="<", deflated=False, photometric=None, **tags):
    """A TIFF of [height, width, channels] in one strip, by hand; without `bits` it lacks the number of bits."""
    strip = values.astype(values.dtype.newbyteorder(order)).tobytes()
    strip = zlib.compress(strip) if deflated else strip
    height, width, channels = values.shape
    photometric = photometric if photometric is not None else 2 if channels > 2 else 1
    numbers = {256: [width], 257: [height], 259: [8 if deflated else 1], 262: [photometric], 277: [channels]}
    numbers |= {278: [height], 279: [len(strip)], 273: [0]} | ({258: [bits] * channels} if bits else {})
    numbers |= {int(tag.removeprefix("tag")): value for tag, value in tags.items()}
    at = 8 + 2 + 12 * len(numbers) + 4
    numbers[273] = [at + sum(2 * len(value) for value in numbers.values() if len(value) > 2)]
    fields, behind = b"", b""
    for tag, value in sorted(numbers.items()):
        packed = struct.pack(f"{order}{len(value)}H", *value)
        if len(packed) > 4:
            packed, behind = struct.pack(f"{order}L", at + len(behind)), behind + packed
        fields += struct.pack(f"{order}HHL", tag, 3, len(value)) + packed.ljust(4, b"\0")
    head = struct.pack(f"{order}2sHLH", b"II" if order == "<" else b"MM", 42, 8, len(numbers))
    return head + fields + bytes(4) + behind + strip


def refusal_of(data, **convert):
    with pytest.raises(LadderError) as caught:
        decode("a.png", data, pixels.of(convert=convert))
    assert not isinstance(caught.value, Damaged)
    return str(caught.value)


def converted(data, **convert):
    """Pixels with their channels last, and the names of the conversions."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result, done = decode("a.png", data, pixels.of(convert=convert))
    return result if result.ndim == 2 else result.transpose(1, 2, 0), set(changes.counted(np.array([done])))


def over(colours, alpha, background):
    """Colours [..., 3] composited by the formula."""
    share = alpha[..., None] / 255
    return np.floor(colours * share + np.array(background) * (1 - share) + 0.5)


def scaled(values, low, high):
    return (np.clip(values, low, high).astype(float) - low) * 255 / (high - low)


# --- alpha


@pytest.mark.parametrize(
    ("name", "background"),
    [("white", (255,) * 3), ("black", (0,) * 3), ("grey", (128,) * 3), ("#ff8000", (255, 128, 0))],
)
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_alpha_is_composited(png, kind, name, background):
    data = png(np.dstack([COLOUR, ALPHA]), kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {}))
    result, done = converted(data, alpha=name)
    np.testing.assert_array_equal(result, over(COLOUR, ALPHA, background))
    assert done == {"alpha"}
    assert refusal_of(data) == (
        f"a.png: {kind} with transparent pixels; add `convert: {{alpha: white}}` to the dataset, which puts them on "
        "white"
    )


def test_alpha_of_a_grey_image_leaves_it_grey_on_a_grey_background(png):
    data, expected = png(np.dstack([GREY, ALPHA])), over(np.dstack([GREY] * 3), ALPHA, (255,) * 3)
    np.testing.assert_array_equal(converted(data, alpha="white")[0], expected[..., 0])
    assert converted(data, alpha="#ff0000")[0].ndim == 3
    assert refusal_of(data).startswith("a.png: PNG with transparent pixels; add ")


@pytest.mark.parametrize("pixel", [0, 3])
def test_a_transparent_colour_counts_if_a_pixel_has_it(png, pixel):
    grey, colour = np.full((4, 4), 9, np.uint8), np.full((4, 4, 3), 9, np.uint8)
    grey[0, 1] = colour[0, 1] = pixel
    indexed = Image.fromarray(grey).convert("P")
    stream = io.BytesIO()
    indexed.save(stream, "PNG", transparency=3)
    for data in (png(grey, transparency=3), png(colour, transparency=(3, 3, 3)), stream.getvalue()):
        result, done = converted(data, alpha="white")
        assert (result[0, 0], result[0, 1]) == (9, 255 if pixel == 3 else pixel)
        assert done - {"palette"} == ({"alpha"} if pixel == 3 else {"opaque"})
        if pixel == 3:
            assert "with transparent pixels" in refusal_of(data)


def test_an_alpha_channel_that_hides_nothing_is_left_out(png):
    data = png(np.dstack([COLOUR, np.full_like(ALPHA, 255)]))
    result, done = converted(data)
    np.testing.assert_array_equal(result, COLOUR)
    assert done == {"opaque"}
    assert converted(png(np.dstack([GREY, np.full_like(ALPHA, 254)])), alpha="black")[1] == {"alpha"}


def test_a_palette_with_alpha(png):
    indexed = Image.fromarray(GREY % 2).convert("L")
    indexed.putpalette([10, 20, 30, 200, 100, 0])
    stream = io.BytesIO()
    indexed.save(stream, "PNG", transparency=bytes([51, 255]))
    result, done = converted(stream.getvalue(), alpha="black")
    np.testing.assert_array_equal(result, np.array([[2, 4, 6], [200, 100, 0]])[GREY % 2])
    assert done == {"palette", "alpha"}


# --- more than 8 bits


def test_16_bits_are_refused_with_the_range_to_write():
    data = png_of_16_bits(np.array([[[700], [4012]]]))
    assert refusal_of(data) == (
        "a.png: PNG with 16 bits a channel, with values from 700 to 4,012; add `convert: {bit_depth: [0, 65535]}` to "
        "the dataset, which scales 0 to 65535 to 8 bits"
    )


SOURCES = {
    **{f"PNG of {channels}": (lambda values: png_of_16_bits(values), channels) for channels in (1, 2, 3, 4)},
    **{
        f"TIFF of {channels}, {order}{' deflated' * deflated}": (
            lambda values, order=order, deflated=deflated: tiff(values, 16, order, deflated),
            channels,
        )
        for channels in (1, 3)
        for order in "<>"
        for deflated in (False, True)
    },
    "TIFF of 4": (lambda values: tiff(values, 16, tag338=[2]), 4),
    "PGM": (lambda values: b"P5 7 5 65535\n" + values.astype(">u2").tobytes(), 1),
    "PPM": (lambda values: b"P6 7 5 65535\n" + values.astype(">u2").tobytes(), 3),
}


@pytest.mark.parametrize("span", [FULL, [1000, 5095], [-10, 99999.5]])
@pytest.mark.parametrize("case", SOURCES)
def test_16_bits_are_scaled_from_the_stated_range(case, span):
    encode, channels = SOURCES[case]
    values = np.random.default_rng(3).integers(0, 65536, (5, 7, channels)).astype(np.uint16)
    values[0, :3], with_alpha = [[0], [65535], [1001]], channels in (2, 4)
    if with_alpha:
        values[..., -1] = 65535
    result, done = converted(encode(values), bit_depth=span)
    colours = values[..., :-1] if with_alpha else values
    assert np.abs(result.reshape(colours.shape) - scaled(colours, *span)).max() <= 0.501
    outside = {"clipped"} if span == [1000, 5095] else set()
    assert done == {"bit_depth"} | outside | ({"opaque"} if with_alpha else set())


def test_16_bits_and_alpha_and_what_is_allowed_already():
    values = np.full((2, 2, 4), 65535, np.uint16)
    values[0, 0] = [0, 0, 0, 0x8080]
    data = png_of_16_bits(values)
    assert refusal_of(data) == (
        "a.png: PNG with transparent pixels and 16 bits a channel, with values from 0 to 65,535; add `convert: {alpha: "
        "white, bit_depth: [0, 65535]}` to the dataset, which puts them on white and scales 0 to 65535 to 8 bits"
    )
    assert "add `convert: {alpha: '#00ff00', bit_depth: [0, 65535], cmyk: true}` to" in refusal_of(
        data, alpha="#00ff00", cmyk=True
    )
    assert "add `convert: {alpha: white, bit_depth: [0, 100.5]}` to" in refusal_of(data, bit_depth=[0, 100.5])
    result, done = converted(data, alpha="#00ff00", bit_depth=FULL)
    assert result[0, 0].tolist() == [0, 127, 0]
    assert done == {"alpha", "bit_depth"}


@pytest.mark.parametrize(("colour", "key"), [([300, 5, 7], (300, 5, 7)), ([300], (300,))])
def test_a_transparent_colour_of_16_bits_is_compared_in_full(colour, key):
    values = np.full((2, 2, len(colour)), colour, np.uint16)
    values[0, 0, -1] += 1  # the same upper byte
    data = png_of_16_bits(values, chunk(b"tRNS", struct.pack(f">{len(key)}H", *key)))
    result, _ = converted(data, alpha="white", bit_depth=FULL)
    assert (result.reshape(4, -1)[1:] == 255).all()
    assert result.reshape(4, -1)[0].max() <= 2


def test_12_bits_of_a_tiff():
    packed = np.frombuffer(bytes([0x12, 0x3F, 0xFF]), np.uint8)  # 0x123, 0xFFF
    data = tiff(packed[None, :, None], tag256=[2], tag258=[12])
    assert "12 bits a channel, with values from 291 to 4,095; add `convert: {bit_depth: [0, 4095]}`" in refusal_of(data)
    assert converted(data, bit_depth=[0, 4095])[0].tolist() == [[18, 255]]


def test_a_netpbm_of_12_bits_keeps_its_own_values():
    data = b"P5 2 1 4095\n" + struct.pack(">2H", 17, 4095)
    assert "12 bits a channel, with values from 17 to 4,095; add `convert: {bit_depth: [0, 4095]}`" in refusal_of(data)
    assert converted(data, bit_depth=[17, 27])[0].tolist() == [[0, 255]]
    assert refusal_of(b"P2 2 1 4095\n17 4095\n").endswith("12 bits a channel, written as text; convert the image first")


def test_floats(png):
    data = png(np.array([[0.25, 0.75, np.inf]], np.float32), "TIFF")
    assert "32 bits a channel, with values from 0.25 to inf; add" in refusal_of(data)
    assert converted(data, bit_depth=[0, 1]) == (pytest.approx(np.array([[64, 191, 255]])), {"bit_depth", "clipped"})
    assert "add `convert: {bit_depth: [0, 1]}` to" in refusal_of(png(np.array([[0.25]], np.float32), "TIFF"))
    data = png(np.array([[0.25, np.nan]], np.float32), "TIFF")
    assert (
        refusal_of(data, bit_depth=[0, 1]) == "a.png: some of its values are not numbers (NaN); convert the image first"
    )


def test_32_bits_with_and_without_a_sign():
    unsigned = tiff(np.array([[[0], [4_000_000_000]]], np.uint32), 32)
    assert "with values from 0 to 4,000,000,000; add `convert: {bit_depth: [0, 4000000000]}`" in refusal_of(unsigned)
    assert converted(unsigned, bit_depth=[0, 4_000_000_000])[0].tolist() == [[0, 255]]
    signed = tiff(np.array([[[-8], [8]]], np.int32), 32, tag339=[2])
    assert "add `convert: {bit_depth: [-8, 8]}`" in refusal_of(signed)
    assert converted(signed, bit_depth=[-8, 8])[0].tolist() == [[0, 255]]
    signed = tiff(np.array([[[-8], [8]]], np.int16), 16, tag339=[2])
    assert "add `convert: {bit_depth: [-8, 8]}`" in refusal_of(signed)


def test_a_float_netpbm():
    data = b"Pf\n2 1\n-1.0\n" + struct.pack("<2f", 0, 0.5)
    assert converted(data, bit_depth=[0, 0.5])[0].tolist() == [[0, 255]]


def test_8_bits_are_left_alone_by_the_range(png):
    assert converted(png(GREY, "BMP"), bit_depth=[0, 10]) == (pytest.approx(GREY), set())


def test_planes_of_16_bits_are_refused():
    planes = tiff(np.zeros((4, 4, 3), np.uint16), 16, tag284=[2])
    assert refusal_of(planes, bit_depth=FULL).startswith(
        "a.png: 16 bits a channel, in planes or multiplied with alpha; "
    )
    premultiplied = tiff(np.zeros((4, 4, 4), np.uint16), 16, tag338=[1])
    assert refusal_of(premultiplied, bit_depth=FULL).startswith("a.png: 16 bits a channel, in planes or multiplied ")


# --- other channels and kinds


def test_cmyk_becomes_rgb_by_the_stated_formula(png):
    inks = RANDOM.integers(0, 256, (5, 7, 4), dtype=np.uint8)
    data = io.BytesIO()
    Image.frombytes("CMYK", (7, 5), inks.tobytes()).save(data, "TIFF")
    result, done = converted(data.getvalue(), cmyk=True)
    exact = (255.0 - inks[..., :3]) * (255.0 - inks[..., 3:]) / 255
    assert np.abs(result - exact).max() <= 1
    assert done == {"cmyk"}
    assert refusal_of(data.getvalue()) == (
        "a.png: TIFF with CMYK colours; add `convert: {cmyk: true}` to the dataset, which makes them RGB without a "
        "colour profile"
    )


def test_cmyk_of_16_bits():
    inks = np.full((2, 2, 4), [65535, 0, 0, 0], np.uint16)
    result, done = converted(tiff(inks, 16, photometric=5), cmyk=True, bit_depth=FULL)
    assert result[0, 0].tolist() == [0, 255, 255]
    assert done == {"cmyk", "bit_depth"}


def test_a_channel_of_unknown_meaning_is_refused():
    fourth = tiff(np.zeros((4, 4, 4), np.uint8), 8, tag338=[0])
    assert Image.open(io.BytesIO(fourth)).mode == "RGB"  # Pillow drops it
    assert refusal_of(fourth) == (
        "a.png: a channel beside its colours, whose meaning it does not say; convert the image first"
    )


def test_lab_is_refused():
    assert refusal_of(tiff(np.zeros((4, 4, 3), np.uint8), 8, photometric=8)) == (
        "a.png: colours in Pillow's mode LAB, which is neither grey nor RGB nor CMYK; convert the image first"
    )


def test_a_tiff_of_8_bits_and_one_that_does_not_say_and_has_one_bit():
    np.testing.assert_array_equal(converted(tiff(COLOUR, 8))[0], COLOUR)
    rows = np.array([[[0b10100000]], [[0b01010000]]], np.uint8)
    assert converted(tiff(rows, tag256=[4]))[0].tolist() == [[255, 0, 255, 0], [0, 255, 0, 255]]


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_the_first_of_several_pictures(kind):
    pictures = [Image.fromarray(np.full((6, 6), shade, np.uint8)) for shade in (40, 80, 120)]
    stream = io.BytesIO()
    more = {"lossless": True} if kind == "WEBP" else {}
    pictures[0].save(stream, kind, save_all=True, append_images=pictures[1:], **more)
    result, done = converted(stream.getvalue(), frames="first")
    assert (result == 40).all()
    assert done - {"palette"} == {"frames"}
    assert refusal_of(stream.getvalue()) == (
        f"a.png: {kind} with several pictures; add `convert: {{frames: first}}` to the dataset, which takes the first"
    )
