"""Classes and splits of pooled images, which are listed by their paths before any image is placed."""

import re
import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from ladder.errors import LadderError
from ladder.formats.files import expanded
from ladder.images import drawn_splits, label_table
from ladder.images.entry import plain
from ladder.images.layout import Layout
from ladder.images.splits import CALLED, SERVES, USUAL, Folder, Use, choose
from ladder.images.table_join import DIRECTORY, join

DIRECTORIES = f"SELECT DISTINCT {DIRECTORY} FROM image WHERE folder = ''"


class Pool:
    """Gives the pooled images of a listing their classes and splits.

    database  has the table `image` with number, folder, label, place and grp. `assign` writes the split of an image as
              its folder. An image without a split keeps the empty folder.
    read      content of each table and list that lies in the source, by its path there

    After `assign`, `facts` say how the splits came about.
    """

    def __init__(self, database: sqlite3.Connection, layout: Layout, read: dict[str, bytes]) -> None:
        self._db, self._layout, self._read = database, layout, read
        self.facts: dict = {}

    def assign(self, more_folders: Callable[[], Iterable[str]]) -> dict[str, Use]:
        """Give the images classes and splits; return the use of each split as a folder.

        more_folders  further folders of the source, for the message that a split folder is missing
        """
        layout = self._layout
        self._place_by_folders(self._split_folders(more_folders) if layout.has_split_folders else {})
        for key, pattern in (("label", layout.label), ("group", layout.group)):
            if pattern:
                self._search(key, pattern)
        if layout.table:
            self._join(layout.table, self._rows(layout.table))
        for split, path in layout.lists.items():
            listed = label_table.lines(path, self._content(path))
            self._join(path, ((line, place, None, split, None) for line, place in listed))
        if layout.lists and "train" not in layout.lists:
            self._db.execute("UPDATE image SET folder = 'train' WHERE folder = ''")
        if layout.shares:
            self._draw()
        self._refuse_shared_groups()
        if "valid" not in layout.shares and not self._has("valid") and self._has("test"):
            self._db.execute("UPDATE image SET folder = 'valid' WHERE folder = 'test'")
            self.facts["test_for_validation"] = True
        used = self._db.execute("SELECT DISTINCT folder FROM image WHERE folder != '' AND label IS NOT NULL")
        splits = {split for (split,) in used}
        return {split: Use(split) for split in SERVES if split in splits}

    def lack(self, called: str) -> str:
        """Return a sentence for a study without images of a split, `called` training or validation."""
        for why, place in self.unused():
            if why != self._no_split():
                return f"no {called} image: {place} is one {why}"
        draw = "`valid_fraction: 0.2` of the dataset draws validation images from the others"
        return f"no {called} image" + (f"; {draw}" if called == CALLED["valid"] and not self._layout.shares else "")

    def _has(self, split: str) -> bool:
        query = "SELECT EXISTS (SELECT 1 FROM image WHERE folder = ? AND label IS NOT NULL)"
        return bool(self._db.execute(query, (split,)).fetchone()[0])

    def _no_split(self) -> str:
        return f"without a split in {self._layout.table}" if self._layout.in_table("split") else "of no split"

    def unused(self) -> Iterator[tuple[str, str]]:
        """Yield (why, path) of each image without a class or a split."""
        layout = self._layout
        if layout.label:
            no_label = "which the pattern of `label` does not match"
        else:
            no_label = f"without a class in {layout.table}" if layout.in_table("label") else "outside the class folders"
        for place, label in self._db.execute("SELECT place, label FROM image WHERE folder = '' OR label IS NULL"):
            yield no_label if label is None else self._no_split(), place

    def _split_folders(self, more_folders: Callable[[], Iterable[str]]) -> dict[str, tuple[str, str | None]]:
        """Return (split, class) of each directory that lies in a split folder; the class may be None."""
        layout, classes = self._layout, {}
        directories = {path: plain(path) for (path,) in self._db.execute(DIRECTORIES)}
        if not directories:
            return {}
        for parts in directories.values():
            if kinds := layout.names.kinds(parts):
                folder = Folder("/".join(parts[: len(kinds)]), kinds)
                inside = parts[len(kinds) : len(kinds) + 1] if layout.has_class_folders else ["images"]
                classes.setdefault(folder, set()).update(inside)
        uses = choose(classes, layout.names, more_folders, drawn=tuple(layout.shares))
        placed = {}
        for path, parts in directories.items():
            length = len(layout.names.kinds(parts))
            if use := uses.get("/".join(parts[:length])):
                inside = parts[length - 1 : length] if use.within else parts[length : length + 1]
                placed[path] = (use.split, inside[0] if inside else None)
        self.facts["splits"] = {use.split: path for path, use in uses.items() if not use.within}
        return placed

    def _place_by_folders(self, folders: dict[str, tuple[str, str | None]]) -> None:
        """Write the class and split that the folders give each image.

        Without split folders, the class folders lie in the folder that all images share.
        """
        if not folders:
            directories = {path: plain(path) for (path,) in self._db.execute(DIRECTORIES)}
            depth = _depth_of_classes([*directories.values()])
            folders = {path: ("", "".join(parts[depth : depth + 1])) for path, parts in directories.items()}
        has_classes = self._layout.has_class_folders
        self._db.execute("CREATE TEMP TABLE directory (path PRIMARY KEY, split, label)")
        self._db.executemany(
            "INSERT INTO directory VALUES (?, ?, ?)",
            ((path, split, label if has_classes and label else None) for path, (split, label) in folders.items()),
        )
        self._db.execute(
            "UPDATE image SET folder = directory.split, label = coalesce(image.label, directory.label) FROM directory "
            f"WHERE folder = '' AND directory.path = {DIRECTORY}"
        )

    def _search(self, key: str, pattern: str) -> None:
        """Write the match of a pattern in the path of each image as its class or group."""
        search = re.compile(pattern).search

        def matched(place: str) -> str | None:
            match = search(place)
            return (match and match[key]) or None

        self._db.create_function("matched", 1, matched, deterministic=True)
        self._db.execute(f"UPDATE image SET {'grp' if key == 'group' else key} = matched(place)")

    def _content(self, path: str) -> bytes:
        """Return a table or list, from the source if it is there, or else from this machine."""
        wanted = label_table.spelled(path)
        for place, content in self._read.items():
            if place == wanted or place.endswith(f"/{wanted}"):
                return content
        try:
            return expanded(path).read_bytes()
        except OSError as error:
            raise LadderError(f"{path}: neither in the data nor on this machine ({error.strerror})") from None

    def _rows(self, table: str) -> Iterator[tuple]:
        wanted = tuple(key for key in label_table.COLUMNS if self._layout.in_table(key))
        rows = label_table.rows(table, self._content(table), self._layout.columns, wanted)
        for line, path, label, split, group in rows:
            yield line, path, label, split and _split(table, line, split), group

    def _join(self, table: str, rows: Iterable[tuple]) -> None:
        if without := join(self._db, table, rows):
            self.facts.setdefault("rows_without_a_file", []).append(without)

    def _draw(self) -> None:
        """Draw splits from the training images; if there are no split folders, these are all images with a class."""
        query = "FROM image WHERE folder = ? AND label IS NOT NULL"
        folder = "train" if self._has("train") else ""
        numbers, labels, groups = array("q"), _Codes(), _Codes()
        rows = self._db.execute(f"SELECT number, label, grp {query} ORDER BY replace(place, '/', char(1))", (folder,))
        for number, label, group in rows:
            numbers.append(number)
            labels.add(label)
            groups.add(group)
        if not numbers:
            return
        is_grouped = groups.values.keys() != {None}
        if is_grouped and None in groups.values:
            raise LadderError(f"group: {groups.count(None):,} of {len(numbers):,} images have no group; all need one")
        seed, shares = self._layout.seed, self._layout.shares
        splits = drawn_splits.draw(labels.codes(), shares, seed, groups.codes() if is_grouped else None)
        names = ("train", *shares)
        self._db.executemany(
            "UPDATE image SET folder = ? WHERE number = ?",
            ((names[split], number) for split, number in zip(splits.tolist(), numbers)),
        )
        self.facts["drawn"] = {"shares": shares, "seed": seed, "groups": len(groups.values) if is_grouped else None}

    def _refuse_shared_groups(self) -> None:
        shared = self._db.execute(
            "SELECT grp, min(folder), max(folder) FROM image WHERE grp IS NOT NULL AND folder != '' "
            "AND label IS NOT NULL GROUP BY grp HAVING min(folder) != max(folder) ORDER BY grp LIMIT 1"
        ).fetchone()
        if shared:
            group, *splits = shared
            raise LadderError(
                f"group {group!r} has images in the {splits[0]} and in the {splits[1]} split; have the splits drawn "
                "(valid_fraction), or correct them"
            )


class _Codes:
    """Texts as whole numbers, in the order of their first use."""

    def __init__(self) -> None:
        self.values: dict[str | None, int] = {}
        self._codes = array("q")

    def add(self, value: str | None) -> None:
        self._codes.append(self.values.setdefault(value, len(self.values)))

    def codes(self) -> np.ndarray:
        return np.array(self._codes)

    def count(self, value: str | None) -> int:
        return self._codes.count(self.values[value])


def _split(table: str, line: int, value: str) -> str:
    for split, usual in USUAL.items():
        if value.lower() in usual:
            return split
    known = ", ".join(word for usual in USUAL.values() for word in usual)
    raise LadderError(f"{table}, line {line}: the split {value!r} is none of {known}")


def _depth_of_classes(directories: list[list[str]]) -> int:
    """Return the number of folders around the class folders: each holds all images, none of them directly."""
    depth = 0
    while directories and all(len(parts) > depth + 1 for parts in directories):
        if len({parts[depth] for parts in directories}) > 1:
            break
        depth += 1
    return depth
