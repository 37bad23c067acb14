"""Decoding of the plainest kind of PNG without Pillow. MNIST's images are of this kind.

Such a PNG is 8-bit grey and not interlaced, no row is filtered, and one IDAT chunk is all between its header and its
end. Its pixels are the chunk's content, decompressed by zlib. An image of a few hundred bytes takes a tenth of Pillow's
time, which is nearly all bookkeeping. The format is in https://www.w3.org/TR/png-3/.
"""

from functools import lru_cache
from struct import Struct
from zlib import crc32, decompressobj, error

import numpy as np

START = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0dIHDR"
GREY_OF_8_BITS = b"\x08\0\0\0\0"  # depth, colour type, compression, filter method, interlace
END = b"\0\0\0\0IEND\xaeB`\x82"
HEAD = 33  # bytes before the second chunk
LARGEST = 1 << 24  # pixels of an image, 4,096 x 4,096
UINT32 = Struct(">I")


def pixels(data: bytes) -> np.ndarray | None:
    """Return the pixels, uint8 [height, width], of a plain and undamaged PNG; None for any other data."""
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
    # Each row begins with the number of its filter, 0 for none; the array skips this byte.
    return np.ndarray((height, width), np.uint8, rows, 1, (width + 1, 1))


@lru_cache(maxsize=64)
def _shape(head: bytes) -> tuple[int, int] | None:
    """Return height and width from the first bytes of the file, which are equal in all images of one size."""
    if len(head) != HEAD or head[:16] != START or head[24:29] != GREY_OF_8_BITS:
        return None
    width, height = UINT32.unpack_from(head, 16)[0], UINT32.unpack_from(head, 20)[0]
    sound = UINT32.unpack_from(head, 29)[0] == crc32(head[12:29])
    return (height, width) if sound and 0 < width * height <= LARGEST else None
