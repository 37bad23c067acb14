"""One encoded image to pixels."""

import io
import traceback
from typing import TYPE_CHECKING

import numpy as np

from ladder import plain_png
from ladder.errors import LadderError
from ladder.plain_png import LARGEST

if TYPE_CHECKING:
    from PIL import Image

# Those that Pillow reads by itself: for PostScript it starts another program, which obeys the file.
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
# A grey image stays grey; colours become RGB. What would lose something silently (16 bits, alpha) is refused.
GREY = frozenset({"1", "L"})
COLOUR = frozenset({"RGB", "P", "CMYK", "YCbCr"})
BITS_PER_SAMPLE = 258  # a tag of TIFF


def decode(path: str, data: bytes | np.ndarray) -> np.ndarray:
    """Pixels of one image as uint8, [height, width] or [3, height, width]; `path` is for the error message.

    What its EXIF data turn or mirror comes as every viewer shows it. Raises LadderError for a truncated or unreadable
    image, and for one with alpha, more than 8 bits a channel, several pictures or more than LARGEST pixels.
    """
    if isinstance(data, np.ndarray):
        return data
    pixels = plain_png.pixels(data)
    return _by_pillow(path, data) if pixels is None else pixels


def _by_pillow(path: str, data: bytes) -> np.ndarray:
    from PIL import Image, ImageOps, UnidentifiedImageError  # here: a job on plain PNGs alone needs none of it

    # The limit is our own, and is checked before anything is decoded.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            unsuitable = _unsuitable(image, data)
            if unsuitable is None:
                turned = ImageOps.exif_transpose(image)
                pixels = np.asarray(turned.convert("L" if turned.mode in GREY else "RGB"))
                return pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels.transpose(2, 0, 1))
    except UnidentifiedImageError:
        raise LadderError(f"{path}: no PNG, JPEG, BMP, GIF, TIFF, WebP or PPM image ({len(data):,} bytes)") from None
    except Exception as error:
        if not _is_of_the_file(error):
            raise
        raise LadderError(f"{path}: a damaged image ({error})") from None
    raise LadderError(f"{path}: {unsuitable}; convert the image first")


def _is_of_the_file(error: Exception) -> bool:
    """Whether Pillow raised it, which raises whatever its parsers stumble over: KeyError, struct.error, ...

    A lack of memory, and what our own code raises, are not the file's.
    """
    modules = (frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__))
    return not isinstance(error, MemoryError) and any(name.partition(".")[0] == "PIL" for name in modules)


def _unsuitable(image: "Image.Image", data: bytes) -> str | None:
    """Say what of an image would be lost without a word, or that it is too large to be decoded."""
    if image.width * image.height > LARGEST:
        return f"{image.width:,}x{image.height:,} pixels are more than the {LARGEST:,} that are allowed"
    if getattr(image, "is_animated", False):
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


def _bits(image: "Image.Image", data: bytes) -> int:
    """Bits a channel in the file: Pillow opens colours of 16 bits as colours of 8."""
    if image.format == "PNG":
        return data[24]  # in its header
    if image.format == "TIFF":
        return max(image.tag_v2.get(BITS_PER_SAMPLE, (8,)))
    if image.format == "PPM":
        arguments = image.tile[0].args  # (raw mode, largest value) where that is not 255
        return 16 if isinstance(arguments, tuple) and isinstance(arguments[-1], int) and arguments[-1] > 255 else 8
    return 8
