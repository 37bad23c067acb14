"""Small tables as CSV files and as Parquet files. This module writes all tables, so they have the same format.

The columns of a table are stated once, beside the code that makes its rows: name to type, in the order of the file. A
type is one of TYPES. It ends in `?` if a field of the column may be empty: `{"seed": "int64", "value": "float64?"}`.
"""

import csv
from collections.abc import Iterator
from numbers import Integral, Real
from pathlib import Path

from ladder.formats.files import atomic

Columns = dict[str, str]
# Arrow's name of a type to the type of its values in Python.
TYPES = {"string": str, "int64": Integral, "float64": Real, "bool": bool}
_PARSED = {"string": str, "int64": int, "float64": float, "bool": "True".__eq__}


def type_of(kind: str) -> str:
    """Return the type of a column without its mark `?`."""
    return kind.removesuffix("?")


def write(path: str | Path, rows: list[dict], columns: Columns) -> None:
    """Write rows as CSV; None is an empty field, floats keep all digits.

    Raises ValueError for a row with a key that is no column, or with a value that its column cannot have.
    """
    for row in rows:
        for name, kind in columns.items():
            _check(name, kind, row.get(name))
    with atomic(path) as partial, open(partial, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_both(stem: str | Path, rows: list[dict], columns: Columns) -> None:
    """Write `<stem>.csv` and `<stem>.parquet`."""
    import pyarrow as pa  # imported here, since a process that plans jobs does not need it
    import pyarrow.parquet as pq

    write(f"{stem}.csv", rows, columns)
    schema = pa.schema([(name, pa.type_for_alias(type_of(kind))) for name, kind in columns.items()])
    with atomic(f"{stem}.parquet") as partial:
        pq.write_table(pa.Table.from_pylist(rows, schema), partial)


def read(path: str | Path, columns: Columns) -> Iterator[dict]:
    """Yield the rows of a CSV file, with values of the types of `columns`; an empty field is None, or "" if it is text.

    The file may lack some of the columns. A column that is not among them is text.
    """
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {name: _value(text, type_of(columns.get(name, "string"))) for name, text in row.items()}


def join(path: str | Path, parts: list[str]) -> None:
    """Write the rows of several tables with the same columns, one after another."""
    with atomic(path) as partial, open(partial, "w", encoding="utf-8", newline="") as file:
        for number, part in enumerate(parts):
            header, _, rows = Path(part).read_text(encoding="utf-8").partition("\n")
            file.write(rows if number else f"{header}\n{rows}")


def _check(name: str, kind: str, value: object) -> None:
    if value is None or value == "":
        if not kind.endswith("?"):
            raise ValueError(f"the column {name} may not be empty")
    elif not isinstance(value, TYPES[type_of(kind)]):
        raise ValueError(f"the column {name} is of type {type_of(kind)}, so {value!r} cannot stand in it")


def _value(text: str, kind: str) -> object:
    return _PARSED[kind](text) if text or kind == "string" else None
