"""One encoded image to pixels."""

import io

import numpy as np
from PIL import Image, UnidentifiedImageError

from ladder.errors import LadderError

# A grey image stays grey; colours become RGB. What would lose something silently (16 bits, alpha) is refused.
GREY = frozenset({"1", "L"})
COLOUR = frozenset({"RGB", "P", "CMYK", "YCbCr", "HSV", "LAB"})


def decode(path: str, data: bytes | np.ndarray) -> np.ndarray:
    """Pixels of one image as uint8, [height, width] or [3, height, width]; `path` is for the error message.

    Raises LadderError for a truncated or unreadable image, and for one with alpha or more than 8 bits a channel.
    """
    if isinstance(data, np.ndarray):
        return data
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.mode in GREY:
                return np.asarray(image.convert("L"))
            if image.mode in COLOUR and "transparency" not in image.info:
                return np.ascontiguousarray(np.asarray(image.convert("RGB")).transpose(2, 0, 1))
            mode = image.mode
    except UnidentifiedImageError:
        raise LadderError(f"{path}: not an image that Pillow can read ({len(data):,} bytes)") from None
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise LadderError(f"{path}: a damaged image ({error})") from None
    raise LadderError(
        f"{path}: Pillow mode {mode} is neither 8-bit grey nor RGB without alpha; convert the image first"
    )
