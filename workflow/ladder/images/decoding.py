"""Decoding of one encoded image to pixels."""

import io
import traceback
from typing import TYPE_CHECKING

import numpy as np

from ladder.errors import LadderError
from ladder.images import plain_png
from ladder.images.plain_png import LARGEST
from ladder.images.png_texts import without_texts

if TYPE_CHECKING:
    from PIL import Image

# Formats that Pillow reads by itself. For PostScript it would start another program, which runs the file's commands.
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
# Pillow modes of grey images, and of images that may have colours. Other modes are refused, as their conversion would
# silently lose something, such as 16 bits or alpha.
GREY = frozenset({"1", "L"})
COLOUR = frozenset({"RGB", "P", "CMYK", "YCbCr"})
BITS_PER_SAMPLE, SUBFILE = 258, 254  # tags of TIFF
SMALLER_OR_MASK = 0b101  # bits of SUBFILE: the page is a smaller copy of another page, or a transparency mask for one
MOST_PAGES = 64  # pages of a TIFF that are looked at


def decode(path: str, data: bytes | np.ndarray) -> np.ndarray:
    """Return the pixels of one image as uint8, [height, width] or [3, height, width]; error messages name `path`.

    An image is grey if red, green and blue are equal in each pixel, whatever the kind of its file. An image is turned
    or mirrored as its EXIF data say. If a camera's file also holds a smaller copy, only the picture itself is read.
    Raises LadderError for a truncated or unreadable image, and for one with alpha, more than 8 bits a channel, several
    pictures or more than LARGEST pixels.
    """
    if isinstance(data, np.ndarray):
        return data
    pixels = plain_png.pixels(data)
    return _by_pillow(path, data) if pixels is None else pixels


def _by_pillow(path: str, data: bytes) -> np.ndarray:
    from PIL import Image, ImageOps, UnidentifiedImageError  # here, as a job on plain PNGs needs no Pillow

    # `_unsuitable` checks a limit of our own before anything is decoded.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(io.BytesIO(without_texts(data)), formats=FORMATS) as image:
            unsuitable = _unsuitable(image, data)
            if unsuitable is None:
                turned = ImageOps.exif_transpose(image)
                return _plainly(np.asarray(turned.convert("L" if turned.mode in GREY else "RGB")))
    except UnidentifiedImageError:
        raise LadderError(f"{path}: no PNG, JPEG, BMP, GIF, TIFF, WebP or PPM image ({len(data):,} bytes)") from None
    except Exception as error:
        if not _is_of_the_file(error):
            raise
        raise LadderError(f"{path}: a damaged image ({error})") from None
    raise LadderError(f"{path}: {unsuitable}; convert the image first")


def _plainly(pixels: np.ndarray) -> np.ndarray:
    """Return pixels [height, width] or [height, width, 3] in the form that `decode` returns."""
    if pixels.ndim == 3:
        red, green, blue = (pixels[..., channel] for channel in range(3))
        if not (np.array_equal(red, green) and np.array_equal(green, blue)):
            return np.ascontiguousarray(pixels.transpose(2, 0, 1))
        pixels = np.ascontiguousarray(red)
    return pixels


def _is_of_the_file(error: Exception) -> bool:
    """Return whether the file caused the error: whether Pillow raised it.

    Pillow's parsers raise many types for a damaged file: KeyError, struct.error, ... The file has not caused a lack of
    memory, nor an error that our own code raised.
    """
    modules = (frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__))
    return not isinstance(error, MemoryError) and any(name.partition(".")[0] == "PIL" for name in modules)


def _unsuitable(image: "Image.Image", data: bytes) -> str | None:
    """Return words for what decoding would silently lose of an image, or for its size if too large; None if neither."""
    if image.width * image.height > LARGEST:
        return f"{image.width:,}x{image.height:,} pixels are more than the {LARGEST:,} that are allowed"
    if getattr(image, "is_animated", False) and not _first_counts(image):
        return f"{image.format} with several pictures, of which only the first would count"
    if (bits := _bits(image, data)) > 8:
        kind = f"{bits}-bit {image.format}"
    elif image.mode not in GREY | COLOUR:
        kind = f"Pillow mode {image.mode}"
    elif "transparency" in image.info:
        kind = f"{image.mode} with a transparent colour"
    else:
        return None
    return f"{kind} is neither 8-bit grey nor RGB without alpha"


def _first_counts(image: "Image.Image") -> bool:
    """Return whether the first of several pictures is the one that viewers show, and the others only accompany it.

    This holds for a camera's MPO, and for a TIFF if SUBFILE marks its other pages as smaller copies or as masks.
    """
    if image.format != "TIFF":
        return image.format == "MPO"
    pages = range(min(image.n_frames, MOST_PAGES))
    beside = [_is_beside(image, page) for page in pages]
    image.seek(0)
    return beside == [False, *(True for _ in pages[1:])] and len(pages) == image.n_frames


def _is_beside(image: "Image.Image", page: int) -> bool:
    image.seek(page)
    kind = image.tag_v2.get(SUBFILE, 0)
    return isinstance(kind, int) and kind & SMALLER_OR_MASK != 0


def _bits(image: "Image.Image", data: bytes) -> int:
    """Return the bits a channel in the file. Pillow's mode does not tell: it opens colours of 16 bits as 8 bits."""
    if image.format == "PNG":
        return data[24]  # bit depth, in the IHDR chunk
    if image.format == "TIFF":
        return max(image.tag_v2.get(BITS_PER_SAMPLE, (8,)))
    if image.format == "PPM":
        arguments = image.tile[0].args  # (raw mode, largest value) if the largest value is not 255
        return 16 if isinstance(arguments, tuple) and isinstance(arguments[-1], int) and arguments[-1] > 255 else 8
    return 8
