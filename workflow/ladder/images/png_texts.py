"""Removal of texts and colour profiles from a PNG.

Pillow limits the length of texts and colour profiles, and takes a file beyond its limits for a damaged one. Pictures of
Photoshop or of image generators are such files: they may hold megabytes of their history. Texts and profiles change no
pixel here, so they are left out unread. The format is in https://www.w3.org/TR/png-3/.
"""

from struct import Struct

START = b"\x89PNG\r\n\x1a\n"
HEAD = Struct(">I4s")  # of a chunk: length of its content, and kind; a checksum of four bytes follows the content
UNREAD = frozenset({b"tEXt", b"zTXt", b"iTXt", b"iCCP"})
# Beginnings of texts that may say how the picture is turned. Such a text is kept if it is short.
TURNING = (b"Raw profile type exif\0", b"XML:com.adobe.xmp\0")
LONGEST = 1 << 16  # most bytes of a text that is kept, compressed


def without_texts(data: bytes) -> bytes:
    """Return a PNG file without texts and colour profile. Other files, and all bytes after damage, stay unchanged."""
    if not data.startswith(START) or not any(kind in data for kind in UNREAD):
        return data
    kept, at, begin = [], len(START), 0
    while at + HEAD.size <= len(data):
        length, kind = HEAD.unpack_from(data, at)
        end = at + HEAD.size + length + 4
        if end > len(data):
            break
        if kind in UNREAD and not (length <= LONGEST and data.startswith(TURNING, at + HEAD.size)):
            kept.append(data[begin:at])
            begin = end
        at = end
    return b"".join((*kept, data[begin:])) if kept else data
