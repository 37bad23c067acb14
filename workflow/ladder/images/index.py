"""The images of a source in the order of their tensors, whatever the source's own order and however many they are."""

import sqlite3
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from ladder.errors import LadderError
from ladder.images.decoding import decode
from ladder.images.entry import Entry, Link
from ladder.images.passed_over import PassedOver
from ladder.images.splits import UNNAMED, Folder, Names, Use, choose

SPLITS = ("train", "valid")
ROWS = 4096  # most images a part: large against the cost of a query, small against memory
KEPT = 32 << 20  # bytes of encoded images up to which they are kept, so that a small source is read once
OVERHEAD = 192  # bytes that an image in memory takes beside its own
EXAMPLES = 3  # images that are named
IN_FORMS = ", perhaps in two forms of Unicode; rename one of them"


class Part(NamedTuple):
    """Neighbours in one tensor: the first one's slot, and of each its number in the source, its place and its class."""

    split: str
    first: int
    numbers: tuple[int, ...]
    places: tuple[str, ...]
    labels: tuple[str, ...]


class Listing:
    """The images of a source; their paths are in a database on disk, which sorts them."""

    def __init__(self) -> None:
        # The empty name is a temporary file that SQLite deletes by itself; its cache is bounded.
        self._db = sqlite3.connect("")
        self._db.execute("CREATE TABLE image (number INTEGER PRIMARY KEY, folder, label, place, by_name)")
        self._others = PassedOver(self._db)
        self._folders: dict[str, Folder] = {}  # that may be a split's, by their paths
        self._seen: Counter[tuple[str, str | None]] = Counter()  # images by folder and class
        self._counts: Counter[tuple[str, str]] = Counter()  # images by split and class
        self._respelled: set[tuple[str, str | None]] = set()
        self._links: dict[str, Link] = {}  # of a folder one that stands where a class belongs and leads nowhere
        # Of a folder, and apart of what lies beside its classes, the shape of the first image or what is wrong with it.
        self._firsts: dict[tuple[str, bool], tuple[int, ...] | LadderError] = {}
        self._room = KEPT
        self.kept: list[tuple] | None = []  # (path, encoded image or error) of all; None where they are too much
        self.count = 0  # of images, those in neither split among them
        self.shape: tuple[int, ...] = ()  # of the first image
        self.uses: dict[str, Use] = {}  # of folders, by their paths

    def fill(self, entries: Iterator[Entry], names: Names = UNNAMED) -> None:
        """List all images.

        names  the split folders' names in the config, for the sentence that misses one

        Raises LadderError for folders and classes that make no data set, and for an unreadable first image.
        """
        try:
            insert = "INSERT INTO image (folder, label, place, by_name) VALUES (?, ?, ?, ?)"
            self.count = self._db.executemany(insert, self._rows(entries)).rowcount
            self._choose(names)
            self._check_classes()
        except LadderError:
            # What an image could not be read for comes before all that follows from it.
            for key, first in self._firsts.items():
                if isinstance(first, LadderError) and (not self.uses or self._is_used(*key)):
                    raise first from None
            raise
        first = next(first for key, first in self._firsts.items() if self._is_used(*key))
        if isinstance(first, LadderError):
            raise first
        self.shape = first

    def _rows(self, entries: Iterator[Entry]) -> Iterator[tuple]:
        seen, folders = self._seen, self._folders
        for entry in entries:
            _, read, folder, label, place, _, respelled = entry
            if place is not None and ((by_name := entry.is_named_as_image) or entry.is_image):
                folders[folder.path] = folder
                seen[folder.path, label] += 1
                self._look_at(entry)
                yield folder.path, label, place, int(by_name)  # SQLite takes long for a bool
            else:
                if read is not None:
                    self._pass_over(entry)
                if folder is not None:
                    folders[folder.path] = folder
                    seen[folder.path, label] += 0
            if respelled:
                self._respelled.add((folder.path, label))

    def _look_at(self, entry: Entry) -> None:
        key = entry.folder.path, entry.label is None
        is_first = key not in self._firsts
        if self.kept is None and not is_first:
            return
        try:
            data = entry.read()
            size = memoryview(data).nbytes
            if is_first:
                self._firsts[key] = decode(entry.path, data).shape
        except LadderError as error:
            # The image may be in neither split.
            data, size = error, 0
            self._firsts.setdefault(key, error)
        if self.kept is not None:
            self._room -= OVERHEAD + size
            self.kept.append((entry.path, data))
            if self._room < 0:
                self.kept = None

    def _pass_over(self, entry: Entry) -> None:
        if entry.label is None and entry.folder is not None and isinstance(entry.read, Link):
            self._links.setdefault(entry.folder.path, entry.read)
        self._others.add(entry)

    def _choose(self, names: Names) -> None:
        classes: dict[Folder, set[str]] = {folder: set() for folder in self._folders.values()}
        for path, label in self._seen:
            classes[self._folders[path]] |= {label} - {None}
        self.uses = choose(classes, names, self._others.folders)
        for (path, label), count in self._seen.items():
            use = self.uses.get(path)
            if use and (label := path.rpartition("/")[2] if use.within else label) is not None:
                self._counts[use.split, label] += count
        for path, use in self.uses.items():
            if use.within:
                label = path.rpartition("/")[2]
                self._db.execute(
                    "UPDATE image SET label = ?, place = ? || '/' || place WHERE folder = ?", (label, use.within, path)
                )
            elif path in self._links:
                self._links[path]()

    def _is_used(self, folder: str, beside_classes: bool) -> bool:
        use = self.uses.get(folder)
        return use is not None and bool(use.within or not beside_classes)

    def _check_classes(self) -> None:
        for (split, label), count in sorted(self._counts.items()):
            other = "valid" if split == "train" else "train"
            if (other, label) not in self._counts:
                raise LadderError(
                    f"class {label!r} is in the {split} split only; every class needs images in both splits"
                    + self._alike(label, other)
                )
            if count == 0:
                raise LadderError(f"class {label!r} has no image in the {split} split; add images or remove the folder")
        if len(self.classes()) < 2:
            raise LadderError(f"only one class, {self.classes()[0]!r}; a classifier needs two or more class folders")

    def _alike(self, label: str, split: str) -> str:
        """Words about a class of a split whose name looks like another's; empty where there is none."""
        for other_split, other in sorted(self._counts):
            if other_split == split and _looks(other) == _looks(label):
                return f" ({other!a} of the {split} split looks like {label!a}, but is another name)"
        return ""

    def classes(self) -> list[str]:
        """Names of the classes, sorted: the label of an image is its class's place in this list."""
        return sorted({label for _, label in self._counts})

    def counts(self) -> dict[str, dict[str, int]]:
        """Images by split and class."""
        return {split: {label: self._counts[split, label] for label in self.classes()} for split in SPLITS}

    def parts(self) -> Iterator[Part]:
        """The images in the order of their slots. Raises LadderError for two of one path."""
        for split in SPLITS:
            folders = [path for path, use in self.uses.items() if use.split == split]
            # A separator below every other character sorts by the parts of a path, as pathlib does (and ImageFolder,
            # where the folder of a class holds no further folders).
            query = (
                f"SELECT number, place, label FROM image WHERE folder IN ({_marks(folders)}) AND label IS NOT NULL "
                "ORDER BY replace(place, '/', char(1))"
            )
            rows, first, last = self._db.execute(query, folders), 0, None
            while some := rows.fetchmany(ROWS):
                numbers, places, labels = zip(*some, strict=True)
                for before, place in zip((last, *places), places):
                    if before == place:
                        raise LadderError(f"{place}: two files have this path{'' if place.isascii() else IN_FORMS}")
                yield Part(split, first, numbers, places, labels)
                first, last = first + len(some), places[-1]

    def about(self) -> dict:
        """What was taken and what was not.

        Returns `splits`, the folder of each; `images_by_content`, how many have no name of an image, with some of them;
        `respelled_classes`, which the source spells in another form of Unicode than NFC; and what PassedOver.summary
        returns. Paths begin below the folder around both splits, if there is one.
        """
        chosen = {use.split: path for path, use in self.uses.items() if not use.within}
        around = {path.rpartition("/")[0] for path in chosen.values()}
        prefix = f"{around.pop()}/" if len(around) == 1 and "" not in around else ""
        used = [*self.uses]
        for folder, of_class, place in self._db.execute(
            f"SELECT folder, label IS NOT NULL, place FROM image WHERE label IS NULL OR folder NOT IN ({_marks(used)})",
            used,
        ):
            self._others.add_image(folder, place, of_class)
        where = f"NOT by_name AND label IS NOT NULL AND folder IN ({_marks(used)})"
        ((count,),) = self._db.execute(f"SELECT count(*) FROM image WHERE {where}", used)
        first = self._db.execute(f"SELECT place FROM image WHERE {where} ORDER BY place LIMIT {EXAMPLES}", used)
        return {
            "splits": {split: chosen[split].removeprefix(prefix) for split in SPLITS},
            "images_by_content": {"files": count, "first": [place for (place,) in first]},
            "respelled_classes": sorted({label for folder, label in self._respelled if label and folder in self.uses}),
            **self._others.summary(prefix),
        }


def _looks(name: str) -> str:
    """What two names have in common that look alike: neither case nor spaces nor characters that are not seen."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in folded if unicodedata.category(character) not in ("Cf", "Zs", "Mn"))


def _marks(values: list) -> str:
    return ", ".join("?" * len(values))
