"""Parquet files as Hugging Face's image datasets have them: a column of encoded images and a column of classes."""

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow
from pyarrow import parquet

from ladder.errors import LadderError
from ladder.formats.files import expanded
from ladder.images.entry import Entry, is_hidden, labelled, printable
from ladder.images.splits import USUAL

ABOUT = "parquet files, as Hugging Face's image datasets have them"
SHARED = ("path", "sources", "downloads", "splits")
OPTIONS = {
    "columns": {
        "type": "object",
        "additionalProperties": False,
        "default": {},
        "description": "Names of the columns with the images (default: image), classes (label), splits and groups.",
        "properties": {
            "image": {"type": "string", "minLength": 1, "description": "Encoded images."},
            "label": {"type": "string", "minLength": 1, "description": "Classes, as text or as whole numbers."},
            "split": {"type": "string", "minLength": 1, "description": "Splits, by one of their usual names."},
            "group": {"type": "string", "minLength": 1, "description": "Groups, each of which stays in one split."},
        },
    }
}
ROWS = 256  # rows that are read at a time


def entries(location: str | list[str], columns: dict[str, str]) -> Iterator[Entry]:
    """Yield the images of one or several files, or of all parquet files in a folder, in the order of their names.

    columns  names of the columns `image`, `label`, `split` and `group`

    A cell of images is the encoded image, or a struct that holds the encoded image as `bytes`. A whole number becomes
    the class name that the file's metadata give it, if they give one. Without a column of splits the name of the file
    or of its folder says the split, as in train-00000-of-00002.parquet; if neither says it, the split is `train`.

    Raises LadderError for a file that cannot be read, for missing columns, and for a row without an image or a class.
    """
    for name, path in _files(location):
        try:
            file = parquet.ParquetFile(path)
            yield from _of_file(name, file, columns)
        except (pyarrow.ArrowException, OSError) as error:
            raise LadderError(f"{name}: not a complete parquet file ({error})") from error


def _files(location: str | list[str]) -> list[tuple[str, Path]]:
    """Return the files with their names, sorted."""
    if isinstance(location, list):
        return sorted((Path(path).name, Path(path)) for path in location)
    top = expanded(location)
    if top.is_file():
        return [(printable(top.name), top)]
    names = {path.relative_to(top): path for path in top.rglob("*.parquet")}
    visible = [
        (printable(name.as_posix()), path) for name, path in names.items() if not any(map(is_hidden, name.parts))
    ]
    if not visible:
        raise LadderError(f"{location}: no parquet file in it")
    return sorted(visible)


def _of_file(name: str, file: parquet.ParquetFile, columns: dict[str, str]) -> Iterator[Entry]:
    known = file.schema_arrow.names
    wanted = {"image": "image", "label": "label"} | columns
    for key, column in wanted.items():
        if column not in known:
            raise LadderError(
                f"{name}: no column is called {column!r}; it has {', '.join(map(repr, known))}; `columns` of the "
                f"dataset says which holds the {key}"
            )
    names = _class_names(file, wanted["label"])
    by_name, row, digits = _split_of(name), 0, len(str(file.metadata.num_rows))
    for batch in file.iter_batches(ROWS, columns=[*wanted.values()]):
        cells = zip(*(batch.column(column).to_pylist() for column in wanted.values()))
        for values in cells:
            cell = dict(zip(wanted, values))
            label = _label(name, row, cell["label"], names)
            split = _split(name, row, cell["split"]) if "split" in cell else by_name
            group = cell.get("group")
            read = partial(_image, name, row, cell["image"])
            yield labelled(f"{name}[{row:0{digits}}]", read, label, split, None if group is None else str(group))
            row += 1


def _class_names(file: parquet.ParquetFile, column: str) -> list[str]:
    """Return the names of the classes by their numbers, from the metadata that Hugging Face's library writes."""
    described = (file.schema_arrow.metadata or {}).get(b"huggingface", b"{}")
    try:
        return json.loads(described)["info"]["features"][column]["names"]
    except (ValueError, KeyError, TypeError):
        return []


def _split_of(name: str) -> str:
    """Return the split in a path: a folder's name or the beginning of the file's name is one of the usual names."""
    for part in re.split(r"[/.-]", name.lower()):
        for split, usual in USUAL.items():
            if part in usual:
                return split
    return "train"


def _label(name: str, row: int, value: object, names: list[str]) -> str:
    if value is None or value == "":
        raise LadderError(f"{name}[{row}]: the row has no class")
    if names and isinstance(value, int):
        if not 0 <= value < len(names):
            raise LadderError(f"{name}[{row}]: class {value}, but the metadata name {len(names)} classes")
        return names[value]
    return str(value)


def _split(name: str, row: int, value: object) -> str:
    for split, usual in USUAL.items():
        if str(value).lower() in usual:
            return split
    raise LadderError(f"{name}[{row}]: the split {value!r} is none of {', '.join(sum(USUAL.values(), ()))}")


def _image(name: str, row: int, value: object, head: int | None = None) -> bytes | np.ndarray:
    data = value.get("bytes") if isinstance(value, dict) else value
    if not isinstance(data, bytes):
        raise LadderError(f"{name}[{row}]: the row has no image, as bytes or as a struct with `bytes`")
    return data if head is None else data[:head]
