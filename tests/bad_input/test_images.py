"""Bad images, in a folder as a user would have them."""

import io
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

RANDOM = np.random.default_rng(0)
GREY = RANDOM.integers(0, 256, (8, 8), dtype=np.uint8)
COLOUR = RANDOM.integers(0, 256, (8, 8, 3), dtype=np.uint8)
NO_KIND = "no PNG, JPEG, BMP, GIF, TIFF, WebP or PPM image ({} bytes)"
NEITHER = "{} is neither 8-bit grey nor RGB without alpha; convert the image first"
SEVERAL = "{} with several pictures, of which only the first would count; convert the image first"


def encoded(image, kind="PNG", **options):
    stream = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(stream, kind, **options)
    return stream.getvalue()


def of_size(width, height):
    """A PNG whose header promises so many pixels."""
    data = bytearray(encoded(GREY))
    data[16:24] = struct.pack(">II", width, height)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def animated(kind):
    first = Image.fromarray(GREY)
    return encoded(first, kind, save_all=True, append_images=[first.rotate(90)])


POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n(evil) (w) file closefile\nshowpage\n%%EOF\n"
# name: the image's bytes, what is said of it
BAD = {
    "truncated": (encoded(COLOUR)[:-40], "a damaged image (image file is truncated)"),
    "truncated JPEG": (
        encoded(COLOUR, "JPEG")[:-40],
        "a damaged image (image file is truncated (19 bytes not processed))",
    ),
    "zero bytes": (b"", NO_KIND.format(0)),
    "text": (b"some notes", NO_KIND.format(10)),
    "a page": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", NO_KIND.format(71)),
    "PostScript": (POSTSCRIPT, NO_KIND.format(len(POSTSCRIPT))),
    "16 bits": (encoded(GREY.astype(np.uint16) * 257), NEITHER.format("16-bit PNG")),
    "16 bits of TIFF": (encoded(GREY.astype(np.uint16), "TIFF"), NEITHER.format("16-bit TIFF")),
    "alpha": (encoded(np.dstack([COLOUR, GREY])), NEITHER.format("Pillow mode RGBA")),
    "alpha of a grey image": (encoded(np.dstack([GREY, GREY])), NEITHER.format("Pillow mode LA")),
    "a transparent colour": (encoded(COLOUR, transparency=(1, 2, 3)), NEITHER.format("RGB with a transparent colour")),
    "a transparent palette": (
        encoded(Image.fromarray(GREY).convert("P"), transparency=0),
        NEITHER.format("P with a transparent colour"),
    ),
    "an animated GIF": (animated("GIF"), SEVERAL.format("GIF")),
    "an animated PNG": (animated("PNG"), SEVERAL.format("PNG")),
    "an animated WebP": (animated("WEBP"), SEVERAL.format("WEBP")),
    "a TIFF of two pages": (animated("TIFF"), SEVERAL.format("TIFF")),
    "20,000 x 20,000 pixels": (
        of_size(20_000, 20_000),
        "20,000x20,000 pixels are more than the 16,777,216 that are allowed; convert the image first",
    ),
    "no pixels": (of_size(0, 8), NO_KIND.format(140)),
    "another size": (encoded(np.zeros((8, 9), np.uint8)), "9x8 grey, but the images before it are 8x8 grey"),
    "another size, in colour": (encoded(COLOUR[:5]), "8x5 colour, but the images before it are 8x8 grey"),
}


@pytest.fixture
def study(place, noise, write_folder):
    """`study(path, content)`: the stages up to `tensorize` on a folder of small images and this one."""

    def study(path="valid/7/a.png", content=b"", shape=(8, 8)):
        root = write_folder(place.folder / "images", noise(shape=shape))
        if callable(content):
            content(root / path)
        else:
            (root / path).write_bytes(content)
        return place.read({"kind": "folder", "path": "images"})

    return study


@pytest.mark.parametrize("case", BAD)
def test_a_bad_image_is_one_sentence(study, refused, case):
    data, sentence = BAD[case]
    ended = study(content=data)
    refused(ended, f"valid/7/a.png: {sentence}")
    assert ended.megabytes < 100


def huge_file(path):
    with open(path, "wb") as file:
        file.truncate((64 << 20) + 1)


NO_FILES = {
    "a pipe": (os.mkfifo, "{}: a pipe, not an image; put the image itself there"),
    "a link to a device": (
        lambda path: path.symlink_to("/dev/zero"),
        "{}: a device, not an image; put the image itself there",
    ),
    "a link that leads nowhere": (
        lambda path: path.symlink_to("gone.png"),
        "{}: cannot be read (No such file or directory)",
    ),
    "a link to itself": (
        lambda path: path.symlink_to("a.png"),
        "{}: cannot be read (Too many levels of symbolic links)",
    ),
    "a link to a folder around it": (
        lambda path: path.symlink_to("../.."),
        "{}: a link to a folder that it lies in itself; remove it",
    ),
    "a large file": (huge_file, "{}: 67,108,865 bytes are too many for an image; 67,108,864 are allowed"),
}


@pytest.mark.parametrize("case", NO_FILES)
def test_what_is_no_file_is_one_sentence(study, refused, case):
    make, sentence = NO_FILES[case]
    refused(study(content=make), sentence.format("images/valid/7/a.png"))


@pytest.mark.parametrize(("mode", "kind"), [("P", "PNG"), ("CMYK", "TIFF")])
def test_a_palette_and_cmyk_become_rgb(place, study, mode, kind):
    image = Image.fromarray(COLOUR).convert(mode)
    assert study(content=encoded(image, kind), shape=(8, 8, 3)).status == 0
    pixels = load_file(place.folder / "results/zoo/tensorize/valid.safetensors")["images"][4]
    np.testing.assert_array_equal(pixels, np.asarray(image.convert("RGB")).transpose(2, 0, 1))


@pytest.mark.parametrize(("orientation", "seen"), [(1, GREY), (3, GREY[::-1, ::-1]), (6, np.rot90(GREY, -1))])
def test_a_picture_that_exif_turns_is_taken_as_viewers_show_it(place, study, orientation, seen):
    assert study(content=encoded(GREY, exif=turned(orientation))).status == 0
    np.testing.assert_array_equal(
        load_file(place.folder / "results/zoo/tensorize/valid.safetensors")["images"][4], seen
    )


def test_a_link_to_an_image_is_an_image(place, study, noise):
    ended = study(content=lambda path: path.symlink_to("0.png"))
    assert ended.status == 0
    images = load_file(place.folder / "results/zoo/tensorize/valid.safetensors")["images"]
    np.testing.assert_array_equal(images[2], images[4])
