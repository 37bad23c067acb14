"""Writing of files whole or not at all, even after an error, a kill, a full disk or a power loss."""

import errno
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ladder.errors import LadderError

# System errors that keep a file from being written, though the program makes no mistake, and what helps.
HINDRANCES = {
    errno.ENOSPC: "the disk is full: make room",
    errno.EDQUOT: "your quota of disk space is used up: make room",
    errno.EROFS: "the file system is read-only: have it mounted for writing",
    errno.EACCES: "no permission: get the right to write there",
    errno.EPERM: "the system forbids it: get the right to write there",
    errno.EIO: "the disk fails: have it checked",
}


@contextmanager
def atomic(path: str | Path, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it onto `path` on success, remove it on any error.

    After a power loss `path` is the old file or the new one, whole; it is the new one if the block had ended. Without
    `durable` the file may then be empty, and writing takes a tenth of the time. Raises LadderError if the disk is full
    or cannot be written.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        put(partial, path) if durable else partial.replace(path)
    except Exception as error:
        if getattr(error, "filename", None) in (None, str(partial), str(path.parent)) and (why := hindrance(error)):
            raise LadderError(f"{path}: cannot be written, {why}, and run again; finished results are kept") from error
        raise
    finally:
        partial.unlink(missing_ok=True)


def expanded(path: str) -> Path:
    """Return the path with the home folder for `~`. The `~` of an unknown user stays; Path.expanduser would raise."""
    return Path(os.path.expanduser(path))  # noqa: PTH111


def put(partial: Path, path: Path) -> None:
    """Rename a file onto `path`. The file's content reaches the disk first, then the rename, before this returns."""
    _sync(partial)
    partial.replace(path)
    try:
        _sync(path.parent)
    except OSError as error:
        if error.errno != errno.EINVAL:  # raised by some network file systems, which have no fsync for folders
            raise


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def hindrance(error: Exception) -> str | None:
    """Return words on why a file cannot be written and on what helps; None for any other error."""
    # safetensors is written in Rust; its errors give the system's error number in their text only.
    number = re.search(r"\(os error (\d+)\)", str(error))
    return HINDRANCES.get(int(number[1]) if number else getattr(error, "errno", None))


def write_text(path: str | Path, text: str, durable: bool = True) -> None:
    """Write `text` as UTF-8 with plain newlines."""
    with atomic(path, durable) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: str | Path, value: object) -> None:
    """Write `value` as indented JSON. Raises ValueError for NaN, which JSON does not have."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
