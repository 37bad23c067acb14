"""Finds the images that the rows of a table name, in the database of a listing."""

import sqlite3
from collections.abc import Iterable
from pathlib import PurePosixPath

from ladder.errors import LadderError

DIRECTORY = "rtrim(place, replace(place, '/', ''))"  # SQL: a path up to its last slash
NAME = f"substr(place, length({DIRECTORY}) + 1)"
# SQL: whether the path `{0}` is the path of the row, or ends in it.
ENDS = "({0} = listed.path OR substr({0}, -length(listed.path) - 1) = '/' || listed.path)"
# How a row names an image: by its path or the end of its path, with or without the suffix.
WAYS = (
    f"named.name = listed.name AND {ENDS.format('named.place')}",
    f"named.stem = listed.name AND {ENDS.format('named.base')}",
)
EXAMPLES = 3


def join(database: sqlite3.Connection, table: str, rows: Iterable[tuple]) -> dict | None:
    """Write the class, split and group of each row (line, path, label, split, group) to the image that its path names.

    database  has the table `image` with number, place, label, folder (which takes the split) and grp

    Returns `table`, `rows`, the number of rows without an image, and `first`, their first paths; None if all have one.
    Raises LadderError for a row that names several images, and for two rows of one image.
    """
    _name_images(database)
    database.execute("DROP TABLE IF EXISTS listed")
    database.execute("CREATE TEMP TABLE listed (line, path, name, label, split, grp, image)")
    database.executemany(
        "INSERT INTO listed VALUES (?, ?, ?, ?, ?, ?, NULL)",
        ((line, path, path.rpartition("/")[2], *values) for line, path, *values in rows),
    )
    for way in WAYS:
        _refuse_several_images(database, table, way)
        database.execute(f"UPDATE listed SET image = (SELECT number FROM named WHERE {way}) WHERE image IS NULL")
    _refuse_two_rows(database, table)
    database.execute(
        "UPDATE image SET label = coalesce(listed.label, image.label), folder = coalesce(listed.split, image.folder), "
        "grp = coalesce(listed.grp, image.grp) FROM listed WHERE listed.image = image.number"
    )
    ((missing,),) = database.execute("SELECT count(*) FROM listed WHERE image IS NULL")
    first = database.execute(f"SELECT path FROM listed WHERE image IS NULL ORDER BY path LIMIT {EXAMPLES}")
    return {"table": table, "rows": missing, "first": [path for (path,) in first]} if missing else None


def _name_images(database: sqlite3.Connection) -> None:
    """Make the table `named`: the images with their names, with and without the suffix."""
    database.create_function("suffix", 1, lambda name: PurePosixPath(name).suffix, deterministic=True)
    database.execute("DROP TABLE IF EXISTS named")
    database.execute("CREATE TEMP TABLE named (number, place, name, stem, base)")
    database.execute(
        f"INSERT INTO named SELECT number, place, {NAME}, substr({NAME}, 1, length({NAME}) - length(suffix({NAME}))), "
        f"substr(place, 1, length(place) - length(suffix({NAME}))) FROM image"
    )
    database.execute("CREATE INDEX temp.by_name ON named (name)")
    database.execute("CREATE INDEX temp.by_stem ON named (stem)")


def _refuse_several_images(database: sqlite3.Connection, table: str, way: str) -> None:
    several = database.execute(
        "SELECT listed.line, listed.path, min(named.place), max(named.place) FROM listed JOIN named "
        f"ON {way} WHERE listed.image IS NULL GROUP BY listed.rowid HAVING count(*) > 1 LIMIT 1"
    ).fetchone()
    if several:
        line, path, *places = several
        raise LadderError(f"{table}, line {line}: {path!r} is {' and '.join(places)}; write the whole path in the data")


def _refuse_two_rows(database: sqlite3.Connection, table: str) -> None:
    twice = database.execute(
        "SELECT min(line), max(line), max(path) FROM listed WHERE image IS NOT NULL GROUP BY image "
        "HAVING count(*) > 1 ORDER BY 1 LIMIT 1"
    ).fetchone()
    if twice:
        raise LadderError(f"{table}: lines {twice[0]} and {twice[1]} are both of {twice[2]}; an image has one row")
