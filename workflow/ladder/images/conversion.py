"""Conversion of an opened image to 8-bit grey or RGB. A lossy conversion happens only as the settings say."""

import io
import sys
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ladder.errors import LadderError
from ladder.images.changes import ALPHA, BIT_DEPTH, CLIPPED, CMYK, FRAMES, OPAQUE, PALETTE
from ladder.images.pixels import Pixels

if TYPE_CHECKING:
    from PIL import Image

# Pillow modes of images that can be converted, besides modes that begin with I or F.
MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"})
GREY = frozenset({"1", "L", "LA", "I", "F"})
BITS_PER_SAMPLE, PLANAR, EXTRA_SAMPLES, SAMPLE_FORMAT = 258, 284, 338, 339  # tags of TIFF
# The same bytes in the other order, by the last letter of a raw mode of Pillow.
OTHER_ORDER = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}


CONVERSIONS = ("alpha", "bit_depth", "cmyk", "frames")  # settings, in the order of messages


class Opened(NamedTuple):
    """An image after Pillow has decoded it.

    image    the image, at most 8 bits per channel in colour
    data     the file
    tiles    the parts of the file to decode, as Pillow listed them before it decoded them
    several  whether the file holds pictures that do not just accompany the first
    """

    image: "Image.Image"
    data: bytes
    tiles: list
    several: bool

    @property
    def bits(self) -> int:
        """Bits per channel in the file. Pillow's mode does not tell: it opens colours of 16 bits as 8 bits."""
        if self.image.mode == "F":
            return 32
        if self.image.format == "PNG":
            return self.data[24]  # bit depth, in the IHDR chunk
        if self.image.format == "TIFF":
            return max(self.image.tag_v2.get(BITS_PER_SAMPLE, (8,)))
        if self.image.format == "PPM":
            arguments = self.tiles[0].args  # a raw mode, or (raw mode, largest value) if that value is not usual
            if isinstance(arguments, str):
                return 16 if arguments.startswith("I;16") else 8
            return max(8, arguments[-1].bit_length()) if isinstance(arguments[-1], int) else 8
        return 8


def converted(path: str, opened: Opened, how: Pixels) -> tuple["Image.Image", int]:
    """Return the image in Pillow's mode L or RGB, and its changes, bits of `changes`.

    Raises LadderError, with the line to write, if a conversion would lose something and the settings do not allow it.
    """
    image = opened.image
    if wrong := _unsuitable(opened):
        raise LadderError(f"{path}: {wrong}; convert the image first")
    values = _values(opened) if opened.bits > 8 else None
    alpha = _alpha(image, values)
    done = FRAMES * opened.several | PALETTE * (image.mode in ("P", "PA")) | CMYK * (image.mode == "CMYK")
    done |= BIT_DEPTH * (values is not None)
    if alpha is not None:
        done |= ALPHA if alpha.getextrema() != (255, 255) else OPAQUE
    _refuse_losses(path, opened, values, done, how)
    if values is not None:
        image, clipped = _of_8_bits(path, values, image.mode, how)
        done |= CLIPPED * clipped
    image.info.pop("transparency", None)  # it is in `alpha`
    mode = "L" if image.mode in GREY else "RGB"
    image = image if image.mode == mode else image.convert(mode)
    return (_on_background(image, alpha, how.alpha) if done & ALPHA else image), done


def _unsuitable(opened: Opened) -> str | None:
    """Return words for a property that no setting converts; None if the image has no such property."""
    image = opened.image
    tags = image.tag_v2 if image.format == "TIFF" else {}
    if image.mode not in MODES and image.mode[0] not in "IF":
        return f"colours in Pillow's mode {image.mode}, which is neither grey nor RGB nor CMYK"
    if 0 in tags.get(EXTRA_SAMPLES, ()):
        return "a channel beside its colours, whose meaning it does not say"
    if opened.bits > 8:
        if opened.tiles[0].codec_name == "ppm_plain":
            return f"{opened.bits} bits a channel, written as text"
        if image.mode[0] not in "IF" and (tags.get(PLANAR) == 2 or _raw_mode(opened.tiles[0]).startswith("RGBa")):
            return f"{opened.bits} bits a channel, in planes or multiplied with alpha"
    return None


def _values(opened: Opened) -> np.ndarray:
    """Return the values of an image of more than 8 bits, without alpha, [height, width] or [height, width, 3 or 4]."""
    image, tile = opened.image, opened.tiles[0]
    if tile.codec_name == "ppm":
        shape = (image.height, image.width, *((3,) if image.mode == "RGB" else ()))
        return np.frombuffer(opened.data, ">u2", int(np.prod(shape)), tile.offset).reshape(shape)
    if image.mode[0] in "IF":
        values = np.asarray(image)
        is_unsigned = image.format == "TIFF" and image.tag_v2.get(SAMPLE_FORMAT, (1,))[0] == 1
        return values.view(np.uint32) if values.dtype == np.int32 and is_unsigned else values
    high, low = np.asarray(image).astype(np.uint16), _low_bytes(opened)
    if _raw_mode(tile) == "LA;16B":
        return (high << 8 | low[..., 1:2])[..., 0]
    values = high << 8 | low
    return values[..., :3] if image.mode == "RGBA" else values


def _low_bytes(opened: Opened) -> np.ndarray:
    """Return the lower bytes of values of 16 bits; Pillow returns only the higher bytes.

    Pillow decodes the file once more and is told that the bytes come in the other order. Pillow has no other order for
    two channels of 16 bits; these are decoded as four channels of 8 bits.
    """
    from PIL import Image

    image = Image.open(io.BytesIO(opened.data), formats=(opened.image.format,))
    tiles = []
    for tile in image.tile:
        raw = _raw_mode(tile)
        swapped = "RGBA" if raw == "LA;16B" else raw[:-1] + OTHER_ORDER[raw[-1]]
        tiles.append(tile._replace(args=swapped if isinstance(tile.args, str) else (swapped, *tile.args[1:])))
    image.tile = tiles
    return np.asarray(image)


def _raw_mode(tile: object) -> str:
    arguments = tile.args
    return arguments if isinstance(arguments, str) else str(arguments[0]) if arguments else ""


def _alpha(image: "Image.Image", values: np.ndarray | None) -> "Image.Image | None":
    """Return the alpha channel, or one made of a transparent colour; None if the image has neither."""
    from PIL import Image

    if image.mode in ("LA", "PA", "RGBA"):
        return image.getchannel("A")
    if (colour := image.info.get("transparency")) is None:
        return None
    if values is None:
        return image.convert("RGBA").getchannel("A")
    equal = values == np.array(colour)
    return Image.fromarray(np.where(equal.all(-1) if equal.ndim == 3 else equal, 0, 255).astype(np.uint8))


def _of_8_bits(path: str, values: np.ndarray, mode: str, how: Pixels) -> tuple["Image.Image", bool]:
    """Return the image with the stated range scaled to 0 to 255, and whether values lie outside the range."""
    from PIL import Image

    low, high = how.bit_depth
    least, most = values.min(), values.max()
    if np.isnan(least):
        raise LadderError(f"{path}: some of its values are not numbers (NaN); convert the image first")
    scaled = (np.clip(values.astype(np.float32), low, high) - low) * (255 / (high - low)) + 0.5
    pixels = np.ascontiguousarray(scaled.astype(np.uint8))
    mode = "L" if pixels.ndim == 2 else "CMYK" if mode == "CMYK" else "RGB"
    return Image.frombytes(mode, pixels.shape[1::-1], pixels.tobytes()), bool(least < low or most > high)


def _on_background(image: "Image.Image", alpha: "Image.Image", background: str) -> "Image.Image":
    from PIL import Image, ImageColor

    return Image.composite(image.convert("RGB"), Image.new("RGB", image.size, ImageColor.getrgb(background)), alpha)


def _refuse_losses(path: str, opened: Opened, values: np.ndarray | None, done: int, how: Pixels) -> None:
    """Raise LadderError with the line to write if the settings lack a conversion that the image needs."""
    needed = {}  # setting to (value to write, property of the image, effect of the setting)
    if done & ALPHA:
        needed["alpha"] = "white", "transparent pixels", "puts them on white"
    if done & BIT_DEPTH:
        least, most = values.min(), values.max()
        span = _range(opened.bits, least, most)
        has = f"{opened.bits} bits a channel, with values from {least:,} to {most:,}"
        needed["bit_depth"] = span, has, f"scales {span[1:-1].replace(', ', ' to ')} to 8 bits"
    if done & CMYK:
        needed["cmyk"] = "true", "CMYK colours", "makes them RGB without a colour profile"
    if done & FRAMES:
        needed["frames"] = "first", "several pictures", "takes the first"
    missing = {key: words for key, words in needed.items() if not getattr(how, key)}
    if missing:
        written = {key: _written(value) for key in CONVERSIONS if (value := getattr(how, key))}
        written |= {key: value for key, (value, *_) in missing.items()}
        line = ", ".join(f"{key}: {written[key]}" for key in CONVERSIONS if key in written)
        _, has, does = zip(*missing.values())
        raise LadderError(
            f"{path}: {opened.image.format} with {' and '.join(has)}; add `convert: {{{line}}}` to the dataset, which "
            f"{' and '.join(does)}"
        )


def _range(depth: int, least: float, most: float) -> str:
    """Return the range to propose for values: the range of the bits, or of the values themselves."""
    if depth <= 16 and least >= 0:
        return f"[0, {2**depth - 1}]"
    return "[0, 1]" if 0 <= least <= most <= 1 else f"[{least}, {most}]"


def _written(value: object) -> str:
    """Return a setting as YAML has it."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return repr(value) if str(value).startswith("#") else str(value).lower()
