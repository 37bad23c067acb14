"""Checksums (SHA-256) of the files that a study promises to be the same in every run: the promised files.

results/<dataset>/checksums.sha256 lists them in the order of the stages, in the format of `sha256sum -c`. If a file
also holds seconds, only the rest of the file is promised. Its line begins with `# `, so that sha256sum skips it:

    <SHA-256>  train/mlp/0-4/weights.safetensors
    # <SHA-256>  train/mlp/0-4/history.csv without seconds
"""

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterable
from itertools import zip_longest
from pathlib import Path

from ladder.errors import LadderError
from ladder.formats.files import sha256_of, write_text
from ladder.provenance import output_checksums

FILE = "checksums.sha256"


def digests(results: str | Path) -> dict[str, str]:
    """Return the present SHA-256 of the promised files in results/<dataset>, by their names in the list.

    A file that is gone is left out. Raises LadderError if the study has not ended yet.
    """
    names = [name.partition(" without ")[0] for name in read(results)]
    return dict(_entry(Path(results), name, sha256_of) for name in names if (Path(results) / name).is_file())


def write(results: str | Path, promised: Iterable[str]) -> None:
    """Write the list of a study's promised files, with the checksums that their jobs recorded.

    results   the folder results/<dataset>; it may hold files of former settings as well
    promised  the promised files, relative to `results`, in the order of the list
    """
    entries = dict(_entry(Path(results), name, _recorded) for name in promised)
    write_text(Path(results) / FILE, "".join(f"{_line(name, digest)}\n" for name, digest in entries.items()))


def read(results: str | Path) -> dict[str, str]:
    """Return the list that `write` wrote: SHA-256 by name. Raises LadderError if the study has not ended yet."""
    path = Path(results) / FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise LadderError(f"{path}: not there; a study writes it at its end, so let it run to its end first") from None
    return {name: digest for digest, name in (line.removeprefix("# ").split("  ", 1) for line in lines)}


def difference(expected: dict[str, str], actual: dict[str, str]) -> str | None:
    """Return the first artifact, in the order of the stages, that differs or is missing in one list; None if equal."""
    for (name, digest), (actual_name, actual_digest) in zip_longest(
        expected.items(), actual.items(), fillvalue=(None, None)
    ):
        if (name, digest) != (actual_name, actual_digest):
            only_in_actual = name is None or (name != actual_name and name in actual)
            return actual_name if only_in_actual else name
    return None


def _entry(results: Path, name: str, of_file: Callable[[Path], str]) -> tuple[str, str]:
    """Return a file's name in the list, and its checksum."""
    path = results / name
    if path.name not in _IN_PART:
        return name, of_file(path)
    words, rest = _IN_PART[path.name]
    return f"{name} {words}", hashlib.sha256(rest(path.read_text(encoding="utf-8")).encode()).hexdigest()


def _recorded(path: Path) -> str:
    return output_checksums.read(str(path)) or sha256_of(path)


def _line(name: str, digest: str) -> str:
    return f"{'# ' if name.endswith(tuple(words for words, _ in _IN_PART.values())) else ''}{digest}  {name}"


def _without_seconds(table: str) -> str:
    header, *rows = csv.reader(io.StringIO(table))
    kept = [number for number, column in enumerate(header) if column != "seconds"]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([row[number] for number in kept] for row in (header, *rows))
    return text.getvalue()


def _without_costs(page: str) -> str:
    return re.sub(r'<section id="costs">.*?</section>', "", page, flags=re.DOTALL)


# Files that are promised in part: words for the part that is left out, and the function that leaves this part out.
_IN_PART = {
    "history.csv": ("without seconds", _without_seconds),
    "report.html": ("without costs", _without_costs),
}
