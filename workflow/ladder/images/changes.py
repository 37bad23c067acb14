"""Changes of an image on its way from the file to the tensor: a bit for each kind of change."""

import mmap

import numpy as np

DAMAGED, PALETTE, TURNED, PREVIEW, OPAQUE, ALPHA, BIT_DEPTH, CLIPPED = (1 << bit for bit in range(8))
CMYK, FRAMES, GREY, RESIZED, ENLARGED, CROPPED, PADDED = (1 << bit for bit in range(8, 15))
# For each change: its name in the facts, and words for it after a number of images.
CHANGES = {
    RESIZED: ("resized", "scaled to another size"),
    ENLARGED: ("enlarged", "scaled to a larger size than their own"),
    CROPPED: ("cropped", "without their edges"),
    PADDED: ("padded", "with a border"),
    GREY: ("grey", "made grey"),
    ALPHA: ("alpha", "with transparent pixels, put on the background"),
    OPAQUE: ("opaque", "with an alpha channel that hides nothing"),
    BIT_DEPTH: ("bit_depth", "of more than 8 bits, scaled to 8"),
    CLIPPED: ("clipped", "with values outside the stated range"),
    CMYK: ("cmyk", "from CMYK"),
    FRAMES: ("frames", "the first of several pictures"),
    PALETTE: ("palette", "from a palette"),
    TURNED: ("turned", "turned as EXIF says"),
    PREVIEW: ("preview", "without the smaller copies in their files"),
}


def shared(images: int) -> np.ndarray:
    """Return an array without changes, uint16 [images], in memory that processes started later share."""
    return np.ndarray(images, np.uint16, mmap.mmap(-1, max(1, 2 * images)))


def counted(changes: np.ndarray) -> dict[str, int]:
    """Return change to its number of images, without changes that no image has."""
    counts = {name: int(np.count_nonzero(changes & change)) for change, (name, _) in CHANGES.items()}
    return {name: count for name, count in counts.items() if count}


def words(converted: dict[str, int]) -> list[str]:
    """Return words for the counts of `counted`, such as `12 from a palette`."""
    return [f"{converted[name]:,} {words}" for name, words in CHANGES.values() if name in converted]
