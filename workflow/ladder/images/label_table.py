"""Tables that give images their classes, splits and groups: CSV, TSV or parquet; and lists of paths, one per line."""

import csv
import io
import unicodedata
from collections.abc import Iterator

from ladder.errors import LadderError
from ladder.images.entry import plain, printable

DELIMITERS = ",;\t"
TABS = (".tsv", ".tab")
COLUMNS = ("path", "label", "split", "group")


def rows(name: str, data: bytes, columns: dict[str, str], wanted: tuple[str, ...]) -> Iterator[tuple]:
    """Yield (line, path, label, split, group) of each row of a table: text, or None for a column that is not `wanted`.

    name     file name of the table; error messages name it, and its suffix says its format
    columns  COLUMNS to their names in the table; a column that is not named has its own name
    wanted   names of COLUMNS to read

    Text stays as it is written: `NA`, `null`, `001` and `1e5` are names. Raises LadderError for a table that cannot be
    read, or that lacks a column.
    """
    read = _parquet if name.lower().endswith(".parquet") else _text
    names = [columns.get(key, key) for key in wanted]
    for line, values in read(name, data, names):
        cells = dict(zip(wanted, values))
        if cells.get("path"):
            yield (line, spelled(cells["path"]), *(_name(cells.get(key)) for key in COLUMNS[1:]))


def lines(name: str, data: bytes) -> Iterator[tuple[int, str]]:
    """Yield (line, path) of each line of a list that is not empty."""
    for number, line in enumerate(_decoded(name, data).splitlines(), 1):
        if line.strip():
            yield number, spelled(line.strip())


def spelled(path: str) -> str:
    """Return a path of a table in the form of a source's paths: with slashes, in NFC, without `.` and empty parts."""
    return "/".join(plain(unicodedata.normalize("NFC", printable(path.replace("\\", "/")))))


def _name(value: str | None) -> str | None:
    return unicodedata.normalize("NFC", printable(value)) if value else None


def _decoded(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LadderError(f"{name}: byte {error.start:,} is not UTF-8; save the table as UTF-8") from None


def _text(name: str, data: bytes, wanted: list[str]) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(name, data)
    head = text.partition("\n")[0]
    delimiter = "\t" if name.lower().endswith(TABS) else max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = next(reader, [])
        at = [_index(name, header, column) for column in wanted]
        for row in reader:
            if row and len(row) <= max(at):
                raise LadderError(
                    f"{name}, line {reader.line_num}: {len(row)} values, but the header has {len(header)}"
                )
            if row:
                yield reader.line_num, [row[column] for column in at]
    except csv.Error as error:
        raise LadderError(f"{name}, line {reader.line_num}: no CSV ({error})") from None


def _index(name: str, header: list[str], column: str) -> int:
    if header.count(column) != 1:
        many = "several columns are" if column in header else "no column is"
        raise LadderError(
            f"{name}: {many} called {column!r}; it has {', '.join(map(repr, header))}; `columns` of the dataset says "
            "which to read"
        )
    return header.index(column)


def _parquet(name: str, data: bytes, wanted: list[str]) -> Iterator[tuple[int, list[str]]]:
    import pyarrow  # imported here, since most data sets have no parquet
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(io.BytesIO(data))
        for column in wanted:
            _index(name, file.schema_arrow.names, column)
        number = 0
        for batch in file.iter_batches(columns=wanted):
            for values in zip(*(batch.column(column).to_pylist() for column in wanted)):
                number += 1
                yield number, [None if value is None else str(value) for value in values]
    except pyarrow.ArrowException as error:
        raise LadderError(f"{name}: not a complete parquet file ({error})") from None
