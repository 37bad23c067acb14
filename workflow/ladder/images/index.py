"""The images of a source, sorted as they stand in the tensors. The source may list them in any order and number."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ladder.errors import LadderError
from ladder.images import classes
from ladder.images.decoding import Damaged, decode
from ladder.images.entry import Entry, Link
from ladder.images.layout import AS_FOLDERS, Layout
from ladder.images.passed_over import PassedOver
from ladder.images.pixels import AS_THEY_ARE, Pixels
from ladder.images.pool import Pool
from ladder.images.splits import CALLED, SPLITS, Folder, Use, choose

ROWS = 4096  # most images in a part: enough that the query costs little, few enough for memory
KEPT = 32 << 20  # most bytes of encoded images kept in memory, so that a small source is read once
OVERHEAD = 192  # bytes that a kept image takes in memory beside its encoded bytes
EXAMPLES = 3  # images that are named as examples
IN_FORMS = ", perhaps in two forms of Unicode; rename one of them"


class Part(NamedTuple):
    """Neighbouring images in one split's tensor.

    first    slot of the first image in the tensor
    numbers  number of each image in the source
    places   path of each image, from its split folder on
    labels   class name of each image
    """

    split: str
    first: int
    numbers: tuple[int, ...]
    places: tuple[str, ...]
    labels: tuple[str, ...]


class Listing:
    """The images of a source. Their paths are in a database on disk, which sorts them.

    kept   (path, encoded image or error) of every image; None if these do not fit into KEPT bytes
    count  number of images, including images in neither split
    shape  shape of the first image of a split; None if the pool gave splits
    uses   use of each folder that serves a split, by its path
    """

    def __init__(self, layout: Layout = AS_FOLDERS, pixels: Pixels = AS_THEY_ARE) -> None:
        # SQLite makes a temporary file for the empty name, and deletes it by itself. The file's cache is bounded.
        self._db = sqlite3.connect("")
        self._db.execute("CREATE TABLE image (number INTEGER PRIMARY KEY, folder, label, place, by_name, grp)")
        self._db.execute("CREATE TABLE damaged (place)")  # images that are left out
        self._passed_over = PassedOver(self._db)
        self._layout = layout
        self._tables: dict[str, bytes] = {}  # tables and lists of the layout that lie in the source, by path
        self._pool: Pool | None = None  # if the pool gives classes and splits
        self._is_labelled = False  # whether the source knows the classes of its images
        self._folders: dict[str, Folder] = {}  # folders that may be a split folder, by their paths
        self._seen: Counter[tuple[str, str | None]] = Counter()  # images by folder and class
        self._counts: Counter[tuple[str, str]] = Counter()  # images by split and class
        self._respelled: set[tuple[str, str | None]] = set()
        self._links: dict[str, Link] = {}  # folder to a broken link that stands in the place of a class folder
        # First image's shape or error, by folder and by whether the image lies beside the class folders.
        self._firsts: dict[tuple[str, bool], tuple[int, ...] | LadderError] = {}
        self._pixels = pixels
        self._room = KEPT
        self.kept: list[tuple] | None = []
        self.count = 0
        self.shape: tuple[int, ...] | None = None
        self.uses: dict[str, Use] = {}

    def fill(self, entries: Iterator[Entry]) -> None:
        """List all images, and give them their classes and splits.

        Raises LadderError for folders and classes that make no data set, and for an unreadable first image.
        """
        try:
            insert = "INSERT INTO image (folder, label, place, by_name, grp) VALUES (?, ?, ?, ?, ?)"
            self.count = self._db.executemany(insert, self._rows(entries)).rowcount
            if self._layout.is_pooled or self._is_labelled:
                self._assign()
            else:
                self._choose()
            self._check_splits()
            classes.refuse_lacking(self._counts)
        except LadderError:
            # If an image could not be read, that error is raised instead, since it may have caused this one.
            for key, first in self._firsts.items():
                is_refused = isinstance(first, LadderError) and not self._may_skip(first)
                if is_refused and (not self.uses or self._is_used(*key)):
                    raise first from None
            raise
        used = [first for key, first in self._firsts.items() if self._is_used(*key)]
        first = next((first for first in used if not self._may_skip(first)), used[0] if used else None)
        if isinstance(first, LadderError):
            raise first
        self.shape = first

    def _rows(self, entries: Iterator[Entry]) -> Iterator[tuple]:
        seen, folders = self._seen, self._folders
        for entry in entries:
            if self._layout.is_file(entry):
                self._tables[entry.path] = entry.read()
                continue
            self._is_labelled = self._is_labelled or entry.is_labelled
            entry = self._layout.located(entry)
            _, read, folder, label, place, _, respelled, group, _ = entry
            if place is not None and ((by_name := entry.is_named_as_image) or entry.is_image):
                folders[folder.path] = folder
                seen[folder.path, label] += 1
                self._look_at(entry)
                yield folder.path, label, place, int(by_name), group  # an int, since SQLite takes long to store a bool
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
        is_first = key not in self._firsts or self._may_skip(self._firsts[key])
        if self.kept is None and not is_first:
            return
        data, size = None, 0
        try:
            data = entry.read()
            size = memoryview(data).nbytes
            if is_first:
                self._firsts[key] = decode(entry.path, data, self._pixels)[0].shape
        except LadderError as error:
            # The image may turn out to be in neither split, so the error is kept.
            self._firsts.setdefault(key, error)
            if not self._may_skip(error):
                data, size = error, 0
        if self.kept is not None:
            self._room -= OVERHEAD + size
            self.kept.append((entry.path, data))
            if self._room < 0:
                self.kept = None

    def _may_skip(self, first: tuple[int, ...] | LadderError) -> bool:
        return isinstance(first, Damaged) and self._pixels.skip is not None

    def _pass_over(self, entry: Entry) -> None:
        if entry.label is None and entry.folder is not None and isinstance(entry.read, Link):
            self._links.setdefault(entry.folder.path, entry.read)
        self._passed_over.add(entry)

    def _assign(self) -> None:
        """Have the pool give classes and splits."""
        self._pool = Pool(self._db, self._layout, self._tables)
        self.uses = self._pool.assign(self._passed_over.folders)
        rows = self._db.execute(
            "SELECT folder, label, count(*) FROM image WHERE label IS NOT NULL GROUP BY folder, label"
        )
        self._counts.update({(split, label): count for split, label, count in rows if split})

    def _choose(self) -> None:
        folders: dict[Folder, set[str]] = {folder: set() for folder in self._folders.values()}
        for path, label in self._seen:
            folders[self._folders[path]] |= {label} - {None}
        self.uses = choose(folders, self._layout.names, self._passed_over.folders)
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

    def leave_out(self, numbers: Iterable[int]) -> None:
        """Leave out damaged images, by their numbers in the source.

        Raises LadderError if all images of a class in a split are damaged.
        """
        for number in numbers:
            where = "FROM image WHERE number = ?"
            ((folder, label, place),) = self._db.execute(f"SELECT folder, label, place {where}", (number,))
            self._db.execute(f"DELETE {where}", (number,))
            self._db.execute("INSERT INTO damaged VALUES (?)", (place,))
            split = self.uses[folder].split
            self._counts[split, label] -= 1
            if not self._counts[split, label]:
                raise LadderError(
                    f"class {label!r}: every image of the {split} split is damaged, such as {place}; add images"
                )

    def _is_used(self, folder: str, beside_classes: bool) -> bool:
        use = self.uses.get(folder)
        return use is not None and bool(use.within or not beside_classes)

    def _check_splits(self) -> None:
        """Raise LadderError if a split has no image; leave out a test folder of the usual name with other classes."""
        known = {split: {label for name, label in self._counts if name == split} for split in SPLITS}
        if self._pool is None and not self._layout.names.test and known["test"] - known["train"]:
            self.uses = {path: use for path, use in self.uses.items() if use.split != "test"}
            self._counts = Counter({key: count for key, count in self._counts.items() if key[0] != "test"})
        if self._pool and not (known["train"] and known["valid"]):
            raise LadderError(self._pool.lack(CALLED["valid" if known["train"] else "train"]))

    def classes(self) -> list[str]:
        """Return the names of the classes, sorted. The label of an image is the index of its class in this list."""
        return sorted({label for _, label in self._counts})

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the number of images by split and class."""
        return {split: {label: self._counts[split, label] for label in self.classes()} for split in self.splits()}

    def splits(self) -> list[str]:
        """Return the splits that have images."""
        return [split for split in SPLITS if any(self._counts[split, label] for label in self.classes())]

    def are_used(self) -> Iterator[bool]:
        """Yield for each image, in the source's order, whether a split has it."""
        where = f"folder IN ({_marks([*self.uses])}) AND label IS NOT NULL"
        for (used,) in self._db.execute(f"SELECT {where} FROM image ORDER BY number", [*self.uses]):
            yield bool(used)

    def parts(self) -> Iterator[Part]:
        """Yield the images in the order of their slots. Raises LadderError for two images with the same path."""
        for split in SPLITS:
            folders = [path for path, use in self.uses.items() if use.split == split]
            # The separator sorts below every other character, so paths are sorted by their parts, as in pathlib. This
            # is also the order of ImageFolder, as long as class folders hold no further folders.
            query = (
                f"SELECT number, place, label FROM image WHERE folder IN ({_marks(folders)}) AND label IS NOT NULL "
                "ORDER BY replace(place, '/', char(1))"
            )
            rows, first, last = self._db.execute(query, folders), 0, None
            while chunk := rows.fetchmany(ROWS):
                numbers, places, labels = zip(*chunk, strict=True)
                for before, place in zip((last, *places), places):
                    if before == place:
                        raise LadderError(f"{place}: two files have this path{'' if place.isascii() else IN_FORMS}")
                yield Part(split, first, numbers, places, labels)
                first, last = first + len(chunk), places[-1]

    def about(self) -> dict:
        """Return a summary of the files that were taken and of the files that were passed over.

        splits             folder of each split
        images_by_content  number of images whose names do not show that they are images, and the first paths
        damaged            number of damaged images that were left out, and the first paths
        respelled_classes  classes whose names the source spells in another form of Unicode than NFC

        The summary of PassedOver is in it. Paths begin below the folder around both split folders, if there is one.
        """
        chosen = {use.split: path for path, use in self.uses.items() if not use.within}
        if self._pool:
            return self._about_pool()
        around = {path.rpartition("/")[0] for path in chosen.values()}
        prefix = f"{around.pop()}/" if len(around) == 1 and "" not in around else ""
        used = [*self.uses]
        for folder, of_class, place in self._db.execute(
            f"SELECT folder, label IS NOT NULL, place FROM image WHERE label IS NULL OR folder NOT IN ({_marks(used)})",
            used,
        ):
            self._passed_over.add_image(folder, place, of_class)
        return {
            "splits": {split: chosen[split].removeprefix(prefix) for split in self.splits()},
            "images_by_content": self._by_content(),
            "damaged": self._examples("damaged"),
            "respelled_classes": sorted({label for folder, label in self._respelled if label and folder in self.uses}),
            **self._passed_over.summary(prefix),
        }

    def _about_pool(self) -> dict:
        for why, place in self._pool.unused():
            self._passed_over.add_because(why, place)
        return {
            "splits": {},
            "images_by_content": self._by_content(),
            "damaged": self._examples("damaged"),
            "respelled_classes": [],
            **self._passed_over.summary(""),
            **self._pool.facts,
        }

    def _examples(self, rows: str, values: list[str] = ()) -> dict:
        """Return the number of the rows that a query selects, and their first places."""
        ((count,),) = self._db.execute(f"SELECT count(*) FROM {rows}", values)
        first = self._db.execute(f"SELECT place FROM {rows} ORDER BY place LIMIT {EXAMPLES}", values)
        return {"files": count, "first": [place for (place,) in first]}

    def _by_content(self) -> dict:
        used = [*self.uses]
        return self._examples(f"image WHERE NOT by_name AND label IS NOT NULL AND folder IN ({_marks(used)})", used)


def _marks(values: list) -> str:
    return ", ".join("?" * len(values))
