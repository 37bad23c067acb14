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
from pathlib import Path, PurePosixPath

from ladder.errors import LadderError
from ladder.formats.files import sha256_of, write_text
from ladder.provenance import output_checksums

FILE = "checksums.sha256"
# Patterns of the promised files, in the order of the stages. Not promised are costs.csv, timings.json, tables.html (it
# shows seconds), logs and benchmarks.
PROMISED = (
    "download/*",
    *(
        "tensorize/train.safetensors",
        "tensorize/valid.safetensors",
        "tensorize/test.safetensors",
        "tensorize/index.csv",
        "tensorize/facts.json",
    ),
    *("baseline/means.safetensors", "baseline/*/scores.parquet"),
    *("chapter/facts.json", "chapter/*.csv"),
    *("train/*/*/weights.safetensors", "train/*/*/history.csv", "train/*/*/scores.parquet", "train/*/*/failures.csv"),
    *("sweep/*/*/history.csv", "sweep/*/*/scores.parquet", "sweep/*/*/failures.csv"),
    *("sweep/*/runs.*", "sweep/*/points.*", "sweep/*/failures.csv", "sweep/*/heat_map.*"),
    "export/models.json",
    "evaluate/*",
    "figures/*",
    *("summary.md", "report.html"),
)

_PATTERNS = re.compile("|".join(f"({re.escape(pattern)})".replace(r"\*", "[^/]+") for pattern in PROMISED))


def promised(results: str | Path) -> list[str]:
    """Return the promised files in results/<dataset>, as paths relative to it, in the order of the stages."""
    results = Path(results)
    found = (path.relative_to(results).as_posix() for pattern in PROMISED for path in sorted(results.glob(pattern)))
    return [path for path in found if not PurePosixPath(path).name.startswith(".")]


def digests(results: str | Path) -> dict[str, str]:
    """Return the SHA-256 of the promised files in results/<dataset> as they are now, by their names in the list."""
    return _digests(Path(results), promised(results), sha256_of)


def write(results: str | Path, outputs: Iterable[str]) -> None:
    """Write the list of a study's promised files, with the checksums that their jobs recorded.

    results  the folder results/<dataset>; it may hold files of former settings as well
    outputs  the study's files below `results`
    """
    paths = sorted((Path(path).relative_to(results).as_posix() for path in outputs), key=_place)
    found = _digests(Path(results), [path for path in paths if _place(path)[0]], _recorded)
    write_text(Path(results) / FILE, "".join(f"{_line(name, digest)}\n" for name, digest in found.items()))


def read(results: str | Path) -> dict[str, str]:
    """Return the list that `write` wrote: SHA-256 by name. Raises LadderError if the study has not ended yet."""
    path = Path(results) / FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise LadderError(f"{path}: not there; a study writes it at its end, so let it run to its end first") from None
    return {name: digest for digest, name in (line.removeprefix("# ").split("  ", 1) for line in lines)}


def difference(expected: dict[str, str], found: dict[str, str]) -> str | None:
    """Return the first artifact, in the order of the stages, that differs or is missing in one list; None if none."""
    for name in sorted({**expected, **found}, key=_place):
        if expected.get(name) != found.get(name):
            return name
    return None


def _digests(results: Path, paths: list[str], of_file: Callable[[Path], str]) -> dict[str, str]:
    found = {}
    for path in paths:
        words, rest = _IN_PART.get(PurePosixPath(path).name, (None, None))
        if rest:
            text = (results / path).read_text(encoding="utf-8")
            found[f"{path} {words}"] = hashlib.sha256(rest(text).encode()).hexdigest()
        else:
            found[path] = of_file(results / path)
    return found


def _recorded(path: Path) -> str:
    return output_checksums.read(str(path)) or sha256_of(path)


def _line(name: str, digest: str) -> str:
    return f"{'# ' if name.endswith(tuple(words for words, _ in _IN_PART.values())) else ''}{digest}  {name}"


def _place(name: str) -> tuple[int, str]:
    """Return the sort key of a line; its first number is 0 for a file that is not promised."""
    found = _PATTERNS.fullmatch(re.sub(" without .*", "", name))
    return found.lastindex if found else 0, name


def _without_seconds(table: str) -> str:
    header, *rows = csv.reader(io.StringIO(table))
    kept = [number for number, column in enumerate(header) if column != "seconds"]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([row[number] for number in kept] for row in (header, *rows))
    return text.getvalue()


def _without_costs(page: str) -> str:
    return re.sub(r'<section id="costs">.*?</section>', "", page, flags=re.DOTALL)


# Files that are promised in part: the words for the part that is left out, and the function that leaves it out.
_IN_PART = {
    "history.csv": ("without seconds", _without_seconds),
    "report.html": ("without costs", _without_costs),
}
