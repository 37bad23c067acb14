"""One encoded image to pixels."""

import io
from typing import TYPE_CHECKING

import numpy as np

from ladder import plain_png
from ladder.errors import LadderError

if TYPE_CHECKING:
    from PIL import Image

# A grey image stays grey; colours become RGB. What would lose something silently (16 bits, alpha) is refused.
GREY = frozenset({"1", "L"})
BITS_PER_SAMPLE = 258  # a tag of TIFF
COLOUR = frozenset({"RGB", "P", "CMYK", "YCbCr", "HSV", "LAB"})


def decode(path: str, data: bytes | np.ndarray) -> np.ndarray:
    """Pixels of one image as uint8, [height, width] or [3, height, width]; `path` is for the error message.

    Raises LadderError for a truncated or unreadable image, and for one with alpha or more than 8 bits a channel.
    """
    if isinstance(data, np.ndarray):
        return data
    pixels = plain_png.pixels(data)
    return _by_pillow(path, data) if pixels is None else pixels


def _by_pillow(path: str, data: bytes) -> np.ndarray:
    from PIL import Image, UnidentifiedImageError  # here: a job on plain PNGs alone needs none of it

    try:
        with Image.open(io.BytesIO(data)) as image:
            unsuitable = _unsuitable(image, data)
            if unsuitable is None:
                image = image.convert("L" if image.mode in GREY else "RGB")
                pixels = np.asarray(image)
                return pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels.transpose(2, 0, 1))
    except UnidentifiedImageError:
        raise LadderError(f"{path}: not an image that Pillow can read ({len(data):,} bytes)") from None
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise LadderError(f"{path}: a damaged image ({error})") from None
    raise LadderError(f"{path}: {unsuitable} is neither 8-bit grey nor RGB without alpha; convert the image first")


def _unsuitable(image: "Image.Image", data: bytes) -> str | None:
    """Say what of an image would be lost without a word."""
    if (bits := _bits(image, data)) > 8:
        return f"{bits}-bit {image.format}"
    if image.mode not in GREY | COLOUR:
        return f"Pillow mode {image.mode}"
    return f"{image.mode} with a transparent colour" if "transparency" in image.info else None


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
