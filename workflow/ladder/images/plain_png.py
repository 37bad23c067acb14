"""Pixels of the plainest kind of PNG, without Pillow: what MNIST is made of.

8-bit grey, not interlaced, no row filtered, one IDAT chunk and no other: then the pixels are what zlib makes of that
chunk. A tenth of Pillow's cost for an image of a few hundred bytes, where nearly all of that is bookkeeping. The format
is that of https://www.w3.org/TR/png-3/.
"""

from functools import lru_cache
from struct import Struct
from zlib import crc32, decompressobj, error

import numpy as np

START = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0dIHDR"
GREY_OF_8_BITS = b"\x08\0\0\0\0"  # depth, colour type, compression, filter method, interlace
END = b"\0\0\0\0IEND\xaeB`\x82"
HEAD = 33  # bytes up to the second chunk
LARGEST = 1 << 24  # pixels of an image, 4,096 x 4,096
UINT32 = Struct(">I")


def pixels(data: bytes) -> np.ndarray | None:
    """Pixels uint8 [height, width] of a plain and undamaged PNG; None for all else, which Pillow is to judge."""
    shape = _shape(data[:HEAD])
    if shape is None or data[HEAD + 4 : HEAD + 8] != b"IDAT" or data[-len(END) :] != END:
        return None
    height, width = shape
    body = data[HEAD + 4 : -len(END) - 4]  # name and content of the chunk
    (length,), (checksum,) = UINT32.unpack_from(data, HEAD), UINT32.unpack_from(data, len(data) - len(END) - 4)
    if length != len(body) - 4 or checksum != crc32(body):
        return None
    size = height * (width + 1)
    inflate = decompressobj()
    try:
        rows = inflate.decompress(body[4:], size + 1)
    except error:
        return None
    if len(rows) != size or not inflate.eof or inflate.unused_data or rows[:: width + 1].count(0) != height:
        return None
    # Each row begins with the number of its filter, and 0 is none.
    return np.ndarray((height, width), np.uint8, rows, 1, (width + 1, 1))


@lru_cache(maxsize=64)
def _shape(head: bytes) -> tuple[int, int] | None:
    """Height and width by the first bytes of the file, which all images of one size have in common."""
    if len(head) != HEAD or head[:16] != START or head[24:29] != GREY_OF_8_BITS:
        return None
    width, height = UINT32.unpack_from(head, 16)[0], UINT32.unpack_from(head, 20)[0]
    sound = UINT32.unpack_from(head, 29)[0] == crc32(head[12:29])
    return (height, width) if sound and 0 < width * height <= LARGEST else None
