"""Whether a file is an image by its first bytes, whatever its name."""

import re

HEAD = 64  # bytes that tell
# No other kind of file begins like this.
CLEAR = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|RIFF....WEBP", re.DOTALL)
# Other kinds do, such as a camera's raw data (TIFF) or a text (P1 and numbers): these count where a name says nothing.
VAGUE = re.compile(
    rb"BM....\0\0\0\0....[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0|II\*\0|MM\0\*|P[1-6]\s+(#[^\n]*\n\s*)*\d+\s+\d+\s",
    re.DOTALL,
)
# Copies that an editor keeps, and files that are not there as a whole yet.
LEFT_OVER = ("~", ".bak", ".orig", ".tmp", ".part", ".partial", ".crdownload", ".download")


def is_image(name: str, head: bytes) -> bool:
    """Whether the file is of a format that is read, by its first HEAD bytes; `name` is that of the file alone."""
    if name.lower().endswith(LEFT_OVER):
        return False
    return bool(CLEAR.match(head) or ("." not in name and VAGUE.match(head)))
