"""A PNG without what it says beside its pixels.

Pillow has limits on texts and colour profiles, and takes a file beyond them for a damaged one: a picture of Photoshop
or of a generator of images, with megabytes of its history in it. None of that is a pixel, so it is left out, unread.
The format is that of https://www.w3.org/TR/png-3/.
"""

from struct import Struct

START = b"\x89PNG\r\n\x1a\n"
HEAD = Struct(">I4s")  # length of the content, kind; four bytes of checksum come behind the content
UNREAD = frozenset({b"tEXt", b"zTXt", b"iTXt", b"iCCP"})
# Texts that may say how the picture is turned, as far as they are no longer than that needs.
TURNING = (b"Raw profile type exif\0", b"XML:com.adobe.xmp\0")
LONGEST = 1 << 16  # bytes of such a text, packed


def without_texts(data: bytes) -> bytes:
    """The file without texts and colour profile; as it is where it is no PNG, has none, or is damaged."""
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
