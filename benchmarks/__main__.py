"""Run rows of the benchmark and write benchmarks/results.md: all rows, or the rows that are named."""

import argparse
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from benchmarks import machine, results
from benchmarks.measure import ROOT
from benchmarks.page import page, spread
from benchmarks.place import Place
from benchmarks.results import Line, Row
from ladder.errors import LadderError

# In the order of the page.
ROWS = (
    "notebook",
    "study",
    "tensorize",
    "photos",
    "arrays",
    "epochs",
    "resnet18",
    "cnn",
    "knn",
    "sets",
    "sweep",
    "second_run",
    "plan",
    "load",
    "overhead",
    "profile",
)


def main() -> int:
    """Measure, and keep earlier results of other rows on this machine. The exit status is 1 where a row failed."""
    asked = _arguments()
    described = machine.describe()
    kept = {} if asked.anew else results.load(asked.output.with_suffix(".json"), described)
    failed = False
    with tempfile.TemporaryDirectory(prefix="ladder-benchmark-", ignore_cleanup_errors=True) as folder:
        place = Place(Path(folder), asked.cores)
        for name in asked.rows or ROWS:
            kept[name] = row = measure(name, place, asked.pairs)
            failed |= bool(row.failure)
            # Results are saved after each row, so that a failure in the last minute does not lose an hour's work.
            rows = {known: kept[known] for known in ROWS if known in kept}
            results.save(asked.output.with_suffix(".json"), described, rows)
            asked.output.write_text(page(described, rows), encoding="utf-8")
    print(f"benchmark: {asked.output}")
    return int(failed)


def measure(name: str, place: Place, pairs: int | None) -> Row:
    """Measure one row. A row that cannot be measured says why, and the other rows go on."""
    module = import_module(f"benchmarks.rows.{name}")
    row = Row(datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"), machine.commit(), machine.load())
    print(f"benchmark: {name}: {module.__doc__.strip()}", flush=True)
    try:
        measured = module.measure(place, pairs or module.PAIRS)
    except LadderError as error:
        print(f"benchmark: {name}: not measured: {error}", flush=True)
        return Row(row.measured, row.commit, row.load, failure=str(error).splitlines()[-1])
    except Exception as error:
        traceback.print_exc()
        return Row(row.measured, row.commit, row.load, failure=f"{type(error).__name__}: {error}")
    row.lines.extend(line for line in measured if isinstance(line, Line))
    row.tables.extend(table for table in measured if not isinstance(table, Line))
    for line in row.lines:
        print(f"  {line.what}: {spread(line, line.ratios or line.ours, '' if line.ratios else line.unit)}", flush=True)
    return row


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make benchmark", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"{', '.join(ROWS)}; by default all")
    parser.add_argument("--pairs", type=int, help="how often to measure; by default each row's own PAIRS")
    parser.add_argument("--cores", type=int, default=2, help="of the pipeline; the notebook takes all (default 2)")
    parser.add_argument("--anew", action="store_true", help="forget the rows measured before")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks/results.md")
    asked = parser.parse_args()
    if unknown := [name for name in asked.rows if name not in ROWS]:
        parser.error(f"there is no row {unknown[0]!r}; the rows are {', '.join(ROWS)}")
    return asked


if __name__ == "__main__":
    sys.exit(main())
