"""The files of a source that are not images of a split, counted by kind, so that no file is left out silently."""

import sqlite3
from collections.abc import Iterator

from ladder.images import changes
from ladder.images.entry import Entry, plain
from ladder.images.splits import CALLED, POOL

HIDDEN, OUTSIDE, NAMELESS, REST = "hidden", "outside the class folders", "without a suffix", "of other kinds"
KINDS, EXAMPLES = 12, 3  # most kinds in the summary, and most files of each kind that it names
LONGEST_SUFFIX = 12
FOLDERS = 64  # folders that are kept for the message that a split folder is missing


class PassedOver:
    """Files that were passed over, in a database on disk. Their order in the source has no effect."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database
        self._db.execute("CREATE TABLE other (kind, path)")

    def add(self, entry: Entry) -> None:
        """Add a file that is not an image."""
        if entry.hidden:
            kind = HIDDEN
        elif entry.label is None and entry.folder != POOL:
            kind = OUTSIDE
        else:
            _, dot, suffix = entry.path.rpartition("/")[2].rpartition(".")
            kind = f".{suffix.lower()}" if dot and len(suffix) <= LONGEST_SUFFIX else NAMELESS
        self._add(kind, "/".join(plain(entry.path)))

    def add_image(self, folder: str, place: str, of_class: bool) -> None:
        """Add an image at `place` in a folder that serves no split, or one beside the class folders of a split."""
        around = folder.rpartition("/")[0]
        self._add(f"in {folder}/" if of_class else OUTSIDE, f"{around}/{place}" if around else place)

    def add_because(self, why: str, place: str) -> None:
        """Add an image that got no class or no split, with the reason in words."""
        self._add(why, place)

    def _add(self, kind: str, path: str) -> None:
        self._db.execute("INSERT INTO other VALUES (?, ?)", (kind, path))

    def summary(self, prefix: str) -> dict:
        """Return `passed_over`, the number of files, and `passed_over_files`, the number and the first files by kind.

        prefix  beginning of the paths, to be left out
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
        """Return the first folders that hold files outside of class folders.

        These are folders at the top of the source; if there is only one, they are the folders in it, if any.
        """
        tops, seconds = set(), set()
        for (path,) in self._db.execute("SELECT path FROM other WHERE kind = ?", (OUTSIDE,)):
            parts = path.split("/")[:-1]
            tops.update(parts[:1])
            seconds.update("/".join(parts[:2]) for _ in parts[1:2])
            tops, seconds = _few(tops), _few(seconds)
        return sorted(seconds if len(tops) == 1 and seconds else tops)


def lines_about(about: dict) -> Iterator[str]:
    """Yield lines about `Listing.about` for a log, without the number of all files passed over."""
    yield from _lines_about_splits(about)
    for kind in about["passed_over_files"]:
        yield f"passed over: {kind['files']:,} {kind['kind']}{_named(kind)}"
    if (files := about["images_by_content"])["files"]:
        yield f"{files['files']:,} files are images by their content, not by their names{_named(files)}"
    if (files := about["damaged"])["files"]:
        yield f"left out as damaged: {files['files']:,}{_named(files)}"
    if classes := about["respelled_classes"]:
        yield f"spelled in another form of Unicode than NFC, and read as NFC: class {', '.join(classes)}"


def _lines_about_splits(about: dict) -> Iterator[str]:
    if splits := about["splits"]:
        yield ", ".join(
            f"{path}/ holds the {CALLED[split]} images" if split == "train" else f"{path}/ the {CALLED[split]} images"
            for split, path in splits.items()
        )
    if drawn := about.get("drawn"):
        shares = " and ".join(f"{share:.0%} for {CALLED[split]}" for split, share in drawn["shares"].items())
        how = f"{drawn['groups']:,} groups, each in one split" if drawn["groups"] else "of each class"
        yield f"drawn with seed {drawn['seed']}: {shares} ({how})"
    if about.get("test_for_validation"):
        yield "the test images serve for validation, since there are no validation images"
    yield from _lines_about_changes(about.get("converted", {}))
    for without in about.get("rows_without_a_file", []):
        named = _named({"files": without["rows"], "first": without["first"]})
        yield f"{without['table']}: {without['rows']:,} rows name no image of the data{named}"


def _lines_about_changes(converted: dict[str, int]) -> Iterator[str]:
    if words := changes.words(converted):
        yield f"images changed: {', '.join(words)}"


def _named(files: dict) -> str:
    if not files["first"]:
        return ""
    return f": {', '.join(files['first'])}{', ...' if files['files'] > len(files['first']) else ''}"


def _few(names: set[str]) -> set[str]:
    return names if len(names) <= 2 * FOLDERS else set(sorted(names)[:FOLDERS])
