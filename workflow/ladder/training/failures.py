"""Failures of training. If a seed fails, the other seeds of its job, variant and study go on.

A failures file is a CSV beside the history of a block of seeds. It has a row for each seed that has no result: `kind`
is `diverged` if the loss became NaN or infinite, else `failed`, and `why` is a sentence. A file with only the header
has no failures.
"""

import gc
import re
import traceback
from collections.abc import Iterable
from pathlib import Path

from ladder.errors import LadderError
from ladder.formats import tables
from ladder.runtime.invocation import portable

FAILURES = {"variant": "string", "seed": "int64", "kind": "string", "why": "string"}
KINDS = ("diverged", "failed")
LONGEST = 300  # characters kept of an unexpected error's message


class Diverged(LadderError):
    """An error: the loss of a run became NaN or infinite. `history` has the rows of the epochs so far."""

    def __init__(self, variant: str, seed: int, why: str, history: list[dict]) -> None:
        super().__init__(f"{variant}, seed {seed}: {why}")
        self.why, self.history = why, history


def failure(variant: str, seed: int, error: Exception) -> dict:
    """Return the row of a seed that ended in `error`; print the failure, and the traceback of an unexpected error.

    Call this function inside the `except` block. It frees the memory of the failed run for the next one.
    """
    if isinstance(error, Diverged):
        kind, why = "diverged", error.why
    elif isinstance(error, LadderError):
        kind, why = "failed", _same_in_every_run(str(error))
    else:
        kind, why = "failed", _in_short(error)
        traceback.print_exc()
    row = {"variant": variant, "seed": seed, "kind": kind, "why": why}
    print(f"{variant} seed {seed}: {kind}: {why}")
    _let_go_of_frames(error)
    gc.collect()
    return row


def read(paths: Iterable[str | Path]) -> list[dict]:
    """Return the failures of several blocks, in the order of the files; a missing file has no failures."""
    rows = []
    for path in map(Path, paths):
        if path.is_file():
            rows += tables.read(path, FAILURES)
    return rows


def in_words(rows: list[dict], runs: int, noun: str = "seed") -> str:
    """Return how many runs failed, by kind, with the reason of the first: `1 of 5 seeds diverged; seed 3: …`.

    rows  failures of one variant, at least one
    runs  number of runs of the variant, failed ones included
    noun  name of a run in the sentence; also the column that numbers the runs
    """
    parts = []
    for kind in KINDS:
        if of_kind := [row for row in rows if row["kind"] == kind]:
            first, count = of_kind[0], f"{runs:,} {noun}{'' if runs == 1 else 's'}"
            parts.append(f"{len(of_kind):,} of {count} {kind}; {noun} {first[noun]}: {first['why'].rstrip('.')}")
    return ". ".join(parts)


def sentences(blocks: dict[str, dict]) -> list[str]:
    """Return an error message for each variant with failed runs: how many runs failed, why, and which log says more.

    blocks  failures file to its variant's `name`, number of `runs`, their `noun` (see in_words), and the `log`
    """
    failed: dict[str, list[tuple[str, dict]]] = {}
    for path, about in blocks.items():
        if any_in(path):
            failed.setdefault(about["name"], []).append((path, about))
    messages = []
    for name, files in failed.items():
        about = files[0][1]
        summary = in_words(read(path for path, _ in files), about["runs"], about["noun"])
        messages.append(f"error: {name}: {summary}. {about['log']} says more, and the next run tries it again")
    return messages


def any_in(path: str | Path) -> bool:
    """Return whether a failures file has a row; a missing file has none."""
    try:
        with open(path, encoding="utf-8") as file:
            return bool(file.readline()) and bool(file.read(1))
    except FileNotFoundError:
        return False


def _let_go_of_frames(error: BaseException | None) -> None:
    """Drop the tracebacks of an error and of its causes, since their frames hold a model and its optimizer."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


def _same_in_every_run(text: str) -> str:
    """Return `text` on one line, without this machine's paths and without addresses in memory."""
    return re.sub(r"\b0x[0-9a-f]+", "0x…", portable(" ".join(text.split())))


def _in_short(error: Exception) -> str:
    """Return an error as `Type: message`, on one line of limited length."""
    message = _same_in_every_run(str(error))
    message = message if len(message) <= LONGEST else f"{message[:LONGEST]}…"
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
