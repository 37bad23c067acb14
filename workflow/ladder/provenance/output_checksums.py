"""Checksums (SHA-256) of the files that each job wrote. With them, a later job notices if such a file has changed.

The record of results/<dataset>/<path> is results/<dataset>/checksums/<path>.sha256. A record is not an output of a
rule, so a lost record reruns nothing. Files without a record are not checked.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from ladder.errors import LadderError
from ladder.formats.files import sha256_of, write_text

FOLDER = "checksums"
# Version of the files that jobs write. Raise it if a change of columns or metadata makes older files unusable.
VERSION = "# version 1"


@contextmanager
def around(inputs: Collection[str], outputs: Collection[str]) -> Iterator[None]:
    """Check `inputs` before the block, record `outputs` after it.

    Raises LadderError for an input that changed since a job wrote it. If the block fails and an input is of another
    version of the project, raises LadderError instead of the block's error, which that input may have caused. Snakemake
    would make such an input anew, but not in a folder of results from elsewhere, where it has no records of its own.
    """
    for path in outputs:
        if record := _record(path):
            record.unlink(missing_ok=True)
    for path in inputs:
        _check(path)
    try:
        yield
    except (LadderError, ImportError, MemoryError, OSError):
        raise
    except Exception as error:
        if strange := [path for path in inputs if _record(path) and _lines(path)[1:] != [VERSION]]:
            more = f" and {len(strange) - 1} more" if strange[1:] else ""
            raise LadderError(
                f"{strange[0]}{more}: not written by this version of the project, which cannot use it "
                f"({type(error).__name__}: {error}); run again with --forcerun {strange[0]}, which makes it anew"
            ) from error
        raise
    for path in outputs:
        if record := _record(path):
            # The record need not be durable: after a power loss it may be missing or empty, and is then not checked.
            text = f"{sha256_of(path)}  {'/'.join(Path(path).parts[2:])}\n{VERSION}\n"
            write_text(record, text, durable=False)


def read(path: str) -> str | None:
    """Return the recorded SHA-256 of a file; None if it has no record."""
    lines = _lines(path)
    return lines[0].partition(" ")[0] if lines else None


def _lines(path: str) -> list[str]:
    record = _record(path)
    try:
        return record.read_text(encoding="utf-8").splitlines() if record else []
    except FileNotFoundError:
        return []


def _check(path: str) -> None:
    was = read(path)
    if was and (now := sha256_of(path)) != was:
        raise LadderError(
            f"{path}: changed since a job wrote it (its SHA-256 was {was[:8]}…, now it is {now[:8]}…); "
            f"run again with --forcerun {path}, which makes it anew"
        )


def _record(path: str) -> Path | None:
    """Return the path of the record of results/<dataset>/<path>; None for a file elsewhere."""
    parts = Path(path).parts
    if parts[:1] != ("results",) or len(parts) < 3:
        return None
    return Path(*parts[:2], FOLDER, *parts[2:-1], f"{parts[-1]}.sha256")
