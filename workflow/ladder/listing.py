"""The images of a source in the order of their tensors, whatever the source's own order and however many they are."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from ladder.datasets.entry import Entry
from ladder.errors import LadderError
from ladder.images import decode

SPLITS = ("train", "valid")
ROWS = 4096  # most images a part: large against the cost of a query, small against memory
KEPT = 32 << 20  # bytes of encoded images up to which they are kept, so that a small source is read once
OVERHEAD = 192  # bytes that an image in memory takes beside its own


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
        self._db.execute("CREATE TABLE image (number INTEGER PRIMARY KEY, split, label, place)")
        self._counts: Counter[tuple[str, str]] = Counter()
        self._room = KEPT
        self.kept: list[tuple] | None = []  # (path, encoded image, split) of all images; None where they are too much
        self.shape: tuple[int, ...] = ()  # of the first image
        self.passed_over = 0

    def fill(self, entries: Iterator[Entry]) -> None:
        """List all images. Raises LadderError for classes that make no data set, and for an unreadable first image."""
        self._db.executemany("INSERT INTO image (split, label, place) VALUES (?, ?, ?)", self._rows(entries))
        if not self.shape:
            raise LadderError(
                "no images in the two split folders: expected <train>/<class>/<image> and <valid>/<class>/<image>, "
                "with the folders' names as `train` and `valid` of the dataset give them"
            )
        self._check_classes()

    def _rows(self, entries: Iterator[Entry]) -> Iterator[tuple]:
        for entry in entries:
            is_image = entry.is_image
            if entry.label is not None:
                self._counts[entry.split, entry.label] += is_image
            if is_image:
                if self.kept is not None:
                    self._keep(entry)
                yield entry.split, entry.label, entry.place
            elif entry.read is not None:
                self.passed_over += 1

    def _keep(self, entry: Entry) -> None:
        data = entry.read()
        if not self.shape:
            self.shape = decode(entry.path, data).shape
        self._room -= OVERHEAD + memoryview(data).nbytes
        self.kept = self.kept if self._room >= 0 else None
        if self.kept is not None:
            self.kept.append((entry.path, data, entry.split))

    def _check_classes(self) -> None:
        for (split, label), count in sorted(self._counts.items()):
            if ("valid" if split == "train" else "train", label) not in self._counts:
                raise LadderError(
                    f"class {label!r} is in the {split} split only; every class needs images in both splits"
                )
            if count == 0:
                raise LadderError(f"class {label!r} has no image in the {split} split; add images or remove the folder")
        if len(self.classes()) < 2:
            raise LadderError(f"only one class, {self.classes()[0]!r}; a classifier needs two or more class folders")

    def classes(self) -> list[str]:
        """Names of the classes, sorted: the label of an image is its class's place in this list."""
        return sorted({label for _, label in self._counts})

    def counts(self) -> dict[str, dict[str, int]]:
        """Images by split and class."""
        return {split: {label: self._counts[split, label] for label in self.classes()} for split in SPLITS}

    def parts(self) -> Iterator[Part]:
        """The images in the order of their slots. Raises LadderError for two of one path."""
        for split in SPLITS:
            # A separator below every other character sorts by the parts of a path, as pathlib does (and ImageFolder,
            # where the folder of a class holds no further folders).
            query = "SELECT number, place, label FROM image WHERE split = ? ORDER BY replace(place, '/', char(1))"
            rows, first, last = self._db.execute(query, (split,)), 0, None
            while some := rows.fetchmany(ROWS):
                numbers, places, labels = zip(*some, strict=True)
                for before, place in zip((last, *places), places):
                    if before == place:
                        raise LadderError(f"{place}: two files have this path")
                yield Part(split, first, numbers, places, labels)
                first, last = first + len(some), places[-1]
