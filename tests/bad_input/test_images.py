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
CONVERT = "{} with {}; add `convert: {{{}}}` to the dataset, which {}"
DEEP = "{} with 16 bits a channel, with values from {} to {}; add `convert: {{bit_depth: [0, 65535]}}` to the dataset, "
DEEP += "which scales 0 to 65535 to 8 bits"
SIZES = (
    "images of several sizes: 8x8 (10 images, such as train/3/0.png), {} (1 image, such as valid/7/a.png); add `image: "
)
SIZES += "{{size: 8}}` to the dataset, or another size; each image is then scaled and its edges are cut where the "
SIZES += "proportions differ"


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


def transparent(kind):
    return CONVERT.format(kind, "transparent pixels", "alpha: white", "puts them on white")


def several(kind):
    return CONVERT.format(kind, "several pictures", "frames: first", "takes the first")


# name: the image's bytes, the sentence about it
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
    "16 bits": (
        encoded(GREY.astype(np.uint16) * 257),
        DEEP.format("PNG", f"{257 * int(GREY.min()):,}", f"{257 * int(GREY.max()):,}"),
    ),
    "16 bits of TIFF": (encoded(GREY.astype(np.uint16), "TIFF"), DEEP.format("TIFF", GREY.min(), GREY.max())),
    "alpha": (encoded(np.dstack([COLOUR, GREY])), transparent("PNG")),
    "alpha of a grey image": (encoded(np.dstack([GREY, GREY])), transparent("PNG")),
    "a transparent colour": (encoded(COLOUR, transparency=tuple(COLOUR[0, 0].tolist())), transparent("PNG")),
    "a transparent palette": (
        encoded(Image.fromarray(GREY).convert("P"), transparency=int(GREY[0, 0])),
        transparent("PNG"),
    ),
    "CMYK": (
        encoded(Image.fromarray(COLOUR).convert("CMYK"), "JPEG"),
        CONVERT.format("JPEG", "CMYK colours", "cmyk: true", "makes them RGB without a colour profile"),
    ),
    "a JPEG of 12 bits": (
        encoded(COLOUR, "JPEG").replace(b"\xff\xc0\0\x11\x08", b"\xff\xc0\0\x11\x0c"),
        "a JPEG image that cannot be read (cannot handle 12-bit layers)",
    ),
    "an animated GIF": (animated("GIF"), several("GIF")),
    "an animated PNG": (animated("PNG"), several("PNG")),
    "an animated WebP": (animated("WEBP"), several("WEBP")),
    "a TIFF of two pages": (animated("TIFF"), several("TIFF")),
    "20,000 x 20,000 pixels": (
        of_size(20_000, 20_000),
        "20,000x20,000 pixels are more than the 16,777,216 that are allowed; convert the image first",
    ),
    "no pixels": (of_size(0, 8), "a PNG image that cannot be read (not identified by this driver)"),
    "another size": (encoded(np.zeros((8, 9), np.uint8)), SIZES.format("9x8")),
    "another size, in colour": (encoded(COLOUR[:5]), SIZES.format("8x5")),
}


@pytest.fixture
def study(place, noise, write_folder):
    """`study(path, content, shape, **settings)`: the stages up to `tensorize` on a folder of small images."""

    def study(path="valid/7/a.png", content=b"", shape=(8, 8), **settings):
        root = write_folder(place.folder / "images", noise(shape=shape))
        if callable(content):
            content(root / path)
        else:
            (root / path).write_bytes(content)
        return place.read({"kind": "folder", "path": "images", **settings})

    return study


@pytest.mark.parametrize("case", BAD)
def test_a_bad_image_is_one_sentence(study, refused, case):
    data, sentence = BAD[case]
    ended = study(content=data)
    refused(ended, sentence if sentence.startswith("images of") else f"valid/7/a.png: {sentence}")
    assert ended.megabytes < 200


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


@pytest.mark.parametrize(("mode", "kind", "convert"), [("P", "PNG", {}), ("CMYK", "TIFF", {"cmyk": True})])
def test_a_palette_and_cmyk_become_rgb(place, study, mode, kind, convert):
    image = Image.fromarray(COLOUR).convert(mode)
    assert study(content=encoded(image, kind), shape=(8, 8, 3), convert=convert).status == 0
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


MENDED = {
    "alpha": ("alpha", {"convert": {"alpha": "white"}}),
    "16 bits": ("16 bits", {"convert": {"bit_depth": [0, 65535]}}),
    "an animation": ("an animated GIF", {"convert": {"frames": "first"}}),
    "CMYK": ("CMYK", {"convert": {"cmyk": True}}),
    "another size": ("another size", {"image": {"size": 8}}),
    "a truncated image": ("truncated", {"skip": "damaged"}),
    "text": ("text", {"skip": "damaged"}),
}


@pytest.mark.parametrize("case", MENDED)
def test_the_line_that_the_sentence_proposes_helps(study, case):
    name, settings = MENDED[case]
    assert study(content=BAD[name][0], **settings).status == 0
