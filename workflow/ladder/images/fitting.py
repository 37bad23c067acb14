"""Scaling of an image to the size of all images, and turning as its EXIF data say.

An image is scaled as it lies in its file. It is turned after that, when it is small.
"""

from typing import TYPE_CHECKING

from ladder.images.changes import CROPPED, ENLARGED, PADDED, RESIZED
from ladder.images.pixels import Pixels

if TYPE_CHECKING:
    from PIL import Image

ORIENTATION = 0x0112  # tag of EXIF
SIDEWAYS = 5  # first orientation that exchanges width and height
# Neighbouring pixels are averaged first if the filter still scales down that much. Pillow calls a gap of 3
# indistinguishable from none.
REDUCING_GAP = 3.0

Size = tuple[int, int]  # width, height
Box = tuple[float, float, float, float]  # left, upper, right, lower


def orientation(image: "Image.Image") -> int:
    """Return how an image lies in its file: 1 is upright, 2 to 8 are turned or mirrored."""
    number = image.getexif().get(ORIENTATION, 1)
    return number if number in range(1, 9) else 1


def draft(image: "Image.Image", how: Pixels) -> float:
    """Have a JPEG decoded at the smallest scale that is enough; return how many times smaller this scale is.

    A JPEG of 800x600 that is cropped to 128x128 is decoded as 400x300, in a third of the time.
    """
    if how.size is None or image.format not in ("JPEG", "MPO"):
        return 1.0
    width, (_, inner) = image.width, _parts(image.size, orientation(image), how)
    drafted = image.draft(None, inner)
    return width / drafted[1][2] if drafted else 1.0


def fitted(image: "Image.Image", size: Size, scale: float, lies: int, how: Pixels) -> tuple["Image.Image", int]:
    """Return an image, L or RGB, upright and in the size of all images, and its changes, bits of `changes`.

    size, scale  the image's size in its file, and how many times smaller it was decoded
    """
    if how.size is None:
        return _upright(image, lies), 0
    box, inner = _parts(size, lies, how)
    scaled = _upright(_scaled(image, tuple(side / scale for side in box), inner, how), lies)
    (width, height), (across, down) = (box[2] - box[0], box[3] - box[1]), inner
    done = RESIZED * ((across, down) != (width, height)) | ENLARGED * (across > width or down > height)
    done |= CROPPED * (box != (0, 0, *size)) | PADDED * (scaled.size != how.size)
    return _padded(scaled, how), done


def _parts(size: Size, lies: int, how: Pixels) -> tuple[Box, Size]:
    """Return the part of an image that is kept, and the size to which it is scaled, both as the image lies."""
    across, down = target = how.size if lies < SIDEWAYS else how.size[::-1]
    width, height = size
    if how.fit == "crop" and width * down > height * across:
        kept = height * across / down
        return ((width - kept) / 2, 0, (width + kept) / 2, height), target
    if how.fit == "crop":
        kept = width * down / across
        return (0, (height - kept) / 2, width, (height + kept) / 2), target
    if how.fit == "pad":
        factor = min(across / width, down / height)
        target = max(1, round(width * factor)), max(1, round(height * factor))
    return (0, 0, width, height), target


def _scaled(image: "Image.Image", box: Box, size: Size, how: Pixels) -> "Image.Image":
    from PIL.Image import Resampling

    if box == (0, 0, *image.size) and size == image.size:
        return image
    return image.resize(size, Resampling[how.resample.upper()], box, REDUCING_GAP)


def _upright(image: "Image.Image", lies: int) -> "Image.Image":
    from PIL.Image import Transpose

    turns = (
        *(Transpose.FLIP_LEFT_RIGHT, Transpose.ROTATE_180, Transpose.FLIP_TOP_BOTTOM),
        *(Transpose.TRANSPOSE, Transpose.ROTATE_270, Transpose.TRANSVERSE, Transpose.ROTATE_90),
    )
    return image if lies == 1 else image.transpose(turns[lies - 2])


def _padded(image: "Image.Image", how: Pixels) -> "Image.Image":
    """Return the image in the middle of the background; a grey image stays grey on a grey background."""
    from PIL import Image, ImageColor

    if image.size == how.size:
        return image
    colour = ImageColor.getrgb(how.background)
    mode = "L" if image.mode == "L" and len(set(colour)) == 1 else "RGB"
    whole = Image.new(mode, how.size, colour[0] if mode == "L" else colour)
    whole.paste(image, tuple((side - inner) // 2 for side, inner in zip(how.size, image.size)))
    return whole
