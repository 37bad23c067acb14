"""Decoding of one encoded image to pixels."""

import io
import traceback
from typing import TYPE_CHECKING

import numpy as np

from ladder.errors import LadderError
from ladder.images import conversion, fitting, plain_png
from ladder.images.changes import GREY, PREVIEW, TURNED
from ladder.images.conversion import Opened
from ladder.images.pixels import AS_THEY_ARE, Pixels
from ladder.images.plain_png import LARGEST
from ladder.images.png_texts import without_texts

if TYPE_CHECKING:
    from PIL import Image

# Formats that Pillow reads by itself. For PostScript it would start another program, which runs the file's commands.
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
LARGEST_SCALED = 1 << 26  # pixels of an image that is scaled, 8,192 x 8,192
SUBFILE = 254  # tag of TIFF
SMALLER_OR_MASK = 0b101  # bits of SUBFILE: the page is a smaller copy of another page, or a transparency mask for one
MOST_PAGES = 64  # most pages of a TIFF that are looked at


class Damaged(LadderError):
    """An image that is truncated or cannot be read."""


def decode(path: str, data: bytes | np.ndarray, how: Pixels = AS_THEY_ARE) -> tuple[np.ndarray, int]:
    """Return the pixels of one image as uint8, [height, width] or [3, height, width], and the image's changes.

    path  name of the image in error messages
    data  the file, or pixels [height, width] or [3, height, width]

    An image is grey if red, green and blue are equal in each pixel, whatever the kind of its file. An image is turned
    or mirrored as its EXIF data say. If a camera's file also holds a smaller copy, only the picture itself is read.
    Raises Damaged for a truncated or unreadable image. Raises LadderError for an image that `how` does not convert,
    and for an image with more than LARGEST pixels, or LARGEST_SCALED if it is scaled.
    """
    pixels = data if isinstance(data, np.ndarray) else plain_png.pixels(data)
    if pixels is None:
        return _by_pillow(path, without_texts(data), how)
    if how.fits(pixels):
        return pixels, 0
    return _of_array(pixels, how)


def _of_array(pixels: np.ndarray, how: Pixels) -> tuple[np.ndarray, int]:
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(pixels if pixels.ndim == 2 else pixels.transpose(1, 2, 0)))
    return _finished(image, image.size, 1.0, 1, how)


def _by_pillow(path: str, data: bytes, how: Pixels) -> tuple[np.ndarray, int]:
    from PIL import Image, UnidentifiedImageError  # imported here, since a job on plain PNGs needs no Pillow

    # `_refuse_large` checks a limit of our own before anything is decoded.
    Image.MAX_IMAGE_PIXELS = None
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        size, scale = image.size, fitting.draft(image, how)
        _refuse_large(path, image, how)
        is_several, has_preview = _pictures(image)
        tiles, lies = list(image.tile), fitting.orientation(image)
        image.load()
        left = fitting.orientation(image) if image.format == "TIFF" else lies  # Pillow turns a TIFF while it loads it
    except UnidentifiedImageError:
        raise Damaged(f"{path}: {_unread(data)}") from None
    except Exception as error:
        if not _is_of_the_file(error):
            raise
        raise Damaged(f"{path}: a damaged image ({error})") from None
    plain, done = conversion.converted(path, Opened(image, data, tiles, is_several), how)
    pixels, fitted = _finished(plain, size, scale, left, how)
    return pixels, done | fitted | TURNED * (lies != 1) | PREVIEW * has_preview


def _finished(
    image: "Image.Image", size: tuple[int, int], scale: float, lies: int, how: Pixels
) -> tuple[np.ndarray, int]:
    image, done = fitting.fitted(image, size, scale, lies, how)
    pixels = _plainly(np.asarray(image))
    if how.colour == "grey" and pixels.ndim == 3:
        return np.asarray(image.convert("L")), done | GREY
    return pixels, done


def _plainly(pixels: np.ndarray) -> np.ndarray:
    """Return pixels [height, width] or [height, width, 3] in the form that `decode` returns."""
    if pixels.ndim == 3:
        red, green, blue = (pixels[..., channel] for channel in range(3))
        if not (np.array_equal(red, green) and np.array_equal(green, blue)):
            return np.ascontiguousarray(pixels.transpose(2, 0, 1))
        pixels = np.ascontiguousarray(red)
    return pixels


def _unread(data: bytes) -> str:
    """Return why Pillow does not open a file: the error of the format's reader, or that no reader takes the file."""
    from PIL import Image

    for name in FORMATS:
        opens, takes = Image.OPEN[name]
        if takes(data[:16]):
            try:
                opens(io.BytesIO(data), "")
            except Exception as error:
                if not _is_of_the_file(error):
                    raise
                return f"a {name} image that cannot be read ({error})"
    return f"no PNG, JPEG, BMP, GIF, TIFF, WebP or PPM image ({len(data):,} bytes)"


def _is_of_the_file(error: Exception) -> bool:
    """Return whether the file caused the error: whether Pillow raised it.

    Pillow's parsers raise many types for a damaged file: KeyError, struct.error, ... A lack of memory and an error of
    our own code are not caused by the file.
    """
    modules = (frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__))
    return not isinstance(error, MemoryError) and any(name.partition(".")[0] == "PIL" for name in modules)


def _refuse_large(path: str, image: "Image.Image", how: Pixels) -> None:
    """Raise LadderError if too many pixels would be decoded."""
    pixels, allowed = image.width * image.height, LARGEST if how.size is None else LARGEST_SCALED
    if pixels > allowed:
        helps = "add `image: {size: 128}` to the dataset, which scales all images" if pixels <= LARGEST_SCALED else None
        raise LadderError(
            f"{path}: {image.width:,}x{image.height:,} pixels are more than the {allowed:,} that are allowed; "
            f"{helps or 'convert the image first'}"
        )


def _pictures(image: "Image.Image") -> tuple[bool, bool]:
    """Return whether an image has several pictures, and whether it has pictures that only accompany the first.

    A camera's MPO has accompanying pictures. So has a TIFF if SUBFILE marks its other pages as smaller copies or masks.
    """
    if not getattr(image, "is_animated", False):
        return False, False
    accompanied = image.format == "MPO" or (image.format == "TIFF" and _is_first_whole(image))
    return not accompanied, accompanied


def _is_first_whole(image: "Image.Image") -> bool:
    pages = range(min(image.n_frames, MOST_PAGES))
    beside = [_is_beside(image, page) for page in pages]
    image.seek(0)
    return beside == [False, *(True for _ in pages[1:])] and len(pages) == image.n_frames


def _is_beside(image: "Image.Image", page: int) -> bool:
    image.seek(page)
    kind = image.tag_v2.get(SUBFILE, 0)
    return isinstance(kind, int) and kind & SMALLER_OR_MASK != 0
