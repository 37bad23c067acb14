"""The files of a source that are no image of a split, by kind: none is left out without a word."""

import sqlite3
from collections.abc import Iterator

from ladder.images.entry import Entry, plain

HIDDEN, OUTSIDE, NAMELESS, REST = "hidden", "outside the class folders", "without a suffix", "of other kinds"
KINDS, EXAMPLES = 12, 3  # most that are told apart, and how many files of each are named
LONGEST_SUFFIX = 12
FOLDERS = 64  # of which the first are named where one is missing


class PassedOver:
    """Files that were passed over. They are in a database on disk, and in no order of the source's."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database
        self._db.execute("CREATE TABLE other (kind, path)")

    def add(self, entry: Entry) -> None:
        """Take a file that is none of the images."""
        if entry.hidden:
            kind = HIDDEN
        elif entry.label is None:
            kind = OUTSIDE
        else:
            _, dot, suffix = entry.path.rpartition("/")[2].rpartition(".")
            kind = f".{suffix.lower()}" if dot and len(suffix) <= LONGEST_SUFFIX else NAMELESS
        self._add(kind, "/".join(plain(entry.path)))

    def add_image(self, folder: str, place: str, of_class: bool) -> None:
        """Take an image in a folder that may be a split's and is none, or that lies beside the classes of one."""
        around = folder.rpartition("/")[0]
        self._add(f"in {folder}/" if of_class else OUTSIDE, f"{around}/{place}" if around else place)

    def _add(self, kind: str, path: str) -> None:
        self._db.execute("INSERT INTO other VALUES (?, ?)", (kind, path))

    def summary(self, prefix: str) -> dict:
        """How many there are, `passed_over`, and `passed_over_files`, the same by kind with the first of each.

        prefix  of paths, which is left out where they have it
        """
        kinds = self._db.execute(
            "SELECT kind, count(*) FROM other GROUP BY kind ORDER BY count(*) DESC, kind"
        ).fetchall()
        named = [
            {"kind": kind.replace(f"in {prefix}", "in ", 1), "files": files, "first": self._first(kind, prefix)}
            for kind, files in kinds[:KINDS]
        ]
        if rest := sum(files for _, files in kinds[KINDS:]):
            named.append({"kind": REST, "files": rest, "first": []})
        return {"passed_over": sum(files for _, files in kinds), "passed_over_files": named}

    def _first(self, kind: str, prefix: str) -> list[str]:
        rows = self._db.execute(f"SELECT path FROM other WHERE kind = ? ORDER BY path LIMIT {EXAMPLES}", (kind,))
        return [path.removeprefix(prefix) for (path,) in rows]

    def folders(self) -> list[str]:
        """Folders at the top that hold such files, or where there is one only those in it; the first of them."""
        tops, seconds = set(), set()
        for (path,) in self._db.execute("SELECT path FROM other WHERE kind = ?", (OUTSIDE,)):
            parts = path.split("/")[:-1]
            tops.update(parts[:1])
            seconds.update("/".join(parts[:2]) for _ in parts[1:2])
            tops, seconds = _few(tops), _few(seconds)
        return sorted(seconds if len(tops) == 1 and seconds else tops)


def lines_about(about: dict) -> Iterator[str]:
    """What a log says of `Listing.about`, but for the number of files passed over."""
    splits = about["splits"]
    yield f"{splits['train']}/ holds the training images, {splits['valid']}/ the validation images"
    for kind in about["passed_over_files"]:
        yield f"passed over: {kind['files']:,} {kind['kind']}{_named(kind)}"
    if (found := about["images_by_content"])["files"]:
        yield f"{found['files']:,} files are images by their content, not by their names{_named(found)}"
    if classes := about["respelled_classes"]:
        yield f"spelled in another form of Unicode than NFC, and taken as that: class {', '.join(classes)}"


def _named(files: dict) -> str:
    if not files["first"]:
        return ""
    return f": {', '.join(files['first'])}{', ...' if files['files'] > len(files['first']) else ''}"


def _few(names: set[str]) -> set[str]:
    return names if len(names) <= 2 * FOLDERS else set(sorted(names)[:FOLDERS])
