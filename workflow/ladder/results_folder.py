"""Whether a study can write its results, said before anything runs."""

import os
from collections.abc import Iterable
from pathlib import Path

from ladder.errors import LadderError

STAGES = (
    *("download", "tensorize", "baseline", "train", "sweep", "export", "evaluate", "figures", "chapter"),
    *("logs", "benchmarks"),
)


def refuse_files(folder: str, variants: Iterable[str]) -> None:
    """Raise LadderError where something that is no folder is in the place of one, in a dataset's folder of results."""
    results = Path(folder)
    stages = [results / stage for stage in STAGES]
    for path in (*reversed(results.parents), results, *stages, *(results / "train" / name for name in variants)):
        if os.path.lexists(path) and not path.is_dir():
            what = "a link that leads nowhere" if path.is_symlink() and not path.exists() else "a file"
            raise LadderError(f"{path}: {what} is where the folder of results should be; move it away")


def refuse_read_only(folder: str) -> None:
    """Raise LadderError where `folder`, a folder anywhere in it, or the place where it is to be made is read-only."""
    path = Path(folder)
    there = next(place for place in (path, *path.parents) if place.is_dir())
    for place in (there, *(found for found, _, _ in os.walk(path))):
        if not os.access(place, os.W_OK | os.X_OK):
            raise LadderError(
                f"{place}: this folder of results is read-only; make it writable (chmod u+w), or run in another place"
            )
