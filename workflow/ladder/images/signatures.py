"""Recognition of images by the first bytes of a file."""

import re

HEAD = 64  # first bytes of a file that are looked at
# Signatures that no other kind of file begins with.
CLEAR = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|RIFF....WEBP", re.DOTALL)
# Signatures that other kinds of files share: a camera's raw data begin like TIFF, a text may begin with "P1" and
# numbers. They count only for names without a suffix.
VAGUE = re.compile(
    rb"BM....\0\0\0\0....[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0|II\*\0|MM\0\*|P[1-6]\s+(#[^\n]*\n\s*)*\d+\s+\d+\s",
    re.DOTALL,
)
# Ends of names of backup copies, and of files that are not written or downloaded completely.
LEFT_OVER = ("~", ".bak", ".orig", ".tmp", ".part", ".partial", ".crdownload", ".download")


def is_image(name: str, head: bytes) -> bool:
    """Return whether a file's first HEAD bytes begin a supported format; `name` is its name without folders."""
    if name.lower().endswith(LEFT_OVER):
        return False
    return bool(CLEAR.match(head) or ("." not in name and VAGUE.match(head)))
