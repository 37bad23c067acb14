"""Small tables as CSV files. All are written here, so that they have the same format."""

import csv
from pathlib import Path

from ladder.formats.files import atomic


def write(path: str | Path, rows: list[dict], columns: list[str] | None = None) -> None:
    """Write rows with these columns, by default the first row's; None is an empty field, floats keep all digits."""
    with atomic(path) as partial, open(partial, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns or list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def join(path: str | Path, parts: list[str]) -> None:
    """Write the rows of several tables with the same columns, one after another."""
    with atomic(path) as partial, open(partial, "w", encoding="utf-8", newline="") as file:
        for number, part in enumerate(parts):
            header, _, rows = Path(part).read_text(encoding="utf-8").partition("\n")
            file.write(rows if number else f"{header}\n{rows}")
