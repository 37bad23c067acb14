"""Sizes of images, counted for the message that sizes differ."""

import io
from collections import Counter
from collections.abc import Iterable

import numpy as np

from ladder.errors import LadderError
from ladder.images.decoding import FORMATS
from ladder.images.fitting import SIDEWAYS, orientation

LISTED = 3  # sizes that the message lists
USUAL = (128, 64, 32, 16, 8)  # sizes to propose, best first
SMALL = 256  # longest side of images whose own size is proposed


def refusal(images: Iterable[tuple]) -> LadderError:
    """Return an error with the most frequent sizes and the line to write.

    images  (path, encoded image or function that reads it, ...) of all images
    """
    counts, firsts = Counter(), {}
    for path, data, *_ in images:
        if (size := _size(data() if callable(data) else data)) is not None:
            counts[size] += 1
            firsts[size] = min(path, firsts.get(size, path))
    ranked = sorted(counts, key=lambda size: (-counts[size], size))
    words = [f"{_words(size)} ({_images(counts[size])}, such as {firsts[size]})" for size in ranked[:LISTED]]
    if rest := ranked[LISTED:]:
        words.append(f"{len(rest):,} more ({_images(sum(counts[size] for size in rest))})")
    return LadderError(
        f"images of several sizes: {', '.join(words)}; add `image: {{size: {_proposed(ranked[0], counts)}}}` to the "
        "dataset, or another size; each image is then scaled and its edges are cut where the proportions differ"
    )


def _words(size: tuple[int, int]) -> str:
    return "{:,}x{:,}".format(*size)


def _images(count: int) -> str:
    return f"{count:,} image{'s' * (count != 1)}"


def _size(data: bytes | np.ndarray | LadderError) -> tuple[int, int] | None:
    """Return width and height as viewers show the image; None if it cannot be read. Its pixels are not decoded."""
    from PIL import Image

    if isinstance(data, LadderError):
        return None
    if isinstance(data, np.ndarray):
        return data.shape[:-3:-1]
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        # Pillow gives a TIFF's size as it is shown, and decodes a PNG to look for EXIF data behind its pixels.
        upright = image.format == "TIFF" or (image.format == "PNG" and "exif" not in image.info)
        return image.size if upright or orientation(image) < SIDEWAYS else image.size[::-1]
    except Exception:  # the image is damaged; the list of sizes helps without it
        return None


def _proposed(most: tuple[int, int], counts: Counter) -> str:
    """Return the size to propose: the size of most images if small, else a usual size that enlarges few images."""
    if counts[most] * 2 >= counts.total() and max(most) <= SMALL:
        return str(most[0]) if most[0] == most[1] else f"[{most[0]}, {most[1]}]"
    return str(next((size for size in USUAL if size <= min(most)), USUAL[-1]))
