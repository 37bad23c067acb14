"""The images of a source, sorted as they stand in the tensors. The source may list them in any order and number."""

import sqlite3
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ladder.errors import LadderError
from ladder.images.decoding import Damaged, decode
from ladder.images.entry import Entry, Link
from ladder.images.passed_over import PassedOver
from ladder.images.pixels import AS_THEY_ARE, Pixels
from ladder.images.splits import UNNAMED, Folder, Names, Use, choose

SPLITS = ("train", "valid")
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
    shape  shape of the first image
    uses   use of each folder that serves a split, by its path
    """

    def __init__(self, pixels: Pixels = AS_THEY_ARE) -> None:
        # SQLite makes a temporary file for the empty name, and deletes it by itself. The file's cache is bounded.
        self._db = sqlite3.connect("")
        self._db.execute("CREATE TABLE image (number INTEGER PRIMARY KEY, folder, label, place, by_name)")
        self._db.execute("CREATE TABLE damaged (place)")  # images that are left out
        self._others = PassedOver(self._db)
        self._folders: dict[str, Folder] = {}  # folders that may be a split folder, by their paths
        self._seen: Counter[tuple[str, str | None]] = Counter()  # images by folder and class
        self._counts: Counter[tuple[str, str]] = Counter()  # images by split and class
        self._respelled: set[tuple[str, str | None]] = set()
        self._links: dict[str, Link] = {}  # by folder, one broken link that stands in the place of a class folder
        # By folder, and by whether the image lies beside the class folders: the first image's shape, or its error.
        self._firsts: dict[tuple[str, bool], tuple[int, ...] | LadderError] = {}
        self._pixels = pixels
        self._room = KEPT
        self.kept: list[tuple] | None = []
        self.count = 0
        self.shape: tuple[int, ...] = ()
        self.uses: dict[str, Use] = {}

    def fill(self, entries: Iterator[Entry], names: Names = UNNAMED) -> None:
        """List all images.

        names  names of the split folders in the config, for the message that one of these folders is missing

        Raises LadderError for folders and classes that make no data set, and for an unreadable first image.
        """
        try:
            insert = "INSERT INTO image (folder, label, place, by_name) VALUES (?, ?, ?, ?)"
            self.count = self._db.executemany(insert, self._rows(entries)).rowcount
            self._choose(names)
            self._check_classes()
        except LadderError:
            # If an image could not be read, that error is raised instead, since it may have caused this one.
            for key, first in self._firsts.items():
                is_refused = isinstance(first, LadderError) and not self._may_skip(first)
                if is_refused and (not self.uses or self._is_used(*key)):
                    raise first from None
            raise
        used = [first for key, first in self._firsts.items() if self._is_used(*key)]
        first = next((first for first in used if not self._may_skip(first)), used[0])
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
                yield folder.path, label, place, int(by_name)  # an int, since SQLite takes long to store a bool
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
        """Return words about a class in `split` whose name looks like `label`; empty if there is none."""
        for other_split, other in sorted(self._counts):
            if other_split == split and _looks(other) == _looks(label):
                return f" ({other!a} of the {split} split looks like {label!a}, but is another name)"
        return ""

    def classes(self) -> list[str]:
        """Return the names of the classes, sorted. The label of an image is the index of its class in this list."""
        return sorted({label for _, label in self._counts})

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the number of images by split and class."""
        return {split: {label: self._counts[split, label] for label in self.classes()} for split in SPLITS}

    def parts(self) -> Iterator[Part]:
        """Yield the images in the order of their slots. Raises LadderError for two images with the same path."""
        for split in SPLITS:
            folders = [path for path, use in self.uses.items() if use.split == split]
            # The separator sorts below every other character, so paths are sorted by their parts, as in pathlib. The
            # order is also that of ImageFolder, as long as class folders hold no further folders.
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
        """Return a summary of the files that were taken and of those that were not.

        splits             folder of each split
        images_by_content  number of images whose names are not those of images, and the paths of the first ones
        damaged            the same of images that were left out because they are damaged
        respelled_classes  classes whose names the source spells in another form of Unicode than NFC

        It holds PassedOver.summary as well. Paths begin below the folder around both split folders, if there is one.
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
        by_content = f"image WHERE NOT by_name AND label IS NOT NULL AND folder IN ({_marks(used)})"
        return {
            "splits": {split: chosen[split].removeprefix(prefix) for split in SPLITS},
            "images_by_content": self._examples(by_content, used),
            "damaged": self._examples("damaged"),
            "respelled_classes": sorted({label for folder, label in self._respelled if label and folder in self.uses}),
            **self._others.summary(prefix),
        }

    def _examples(self, rows: str, values: list[str] = ()) -> dict:
        """Return the number of some rows, and the first places."""
        ((count,),) = self._db.execute(f"SELECT count(*) FROM {rows}", values)
        first = self._db.execute(f"SELECT place FROM {rows} ORDER BY place LIMIT {EXAMPLES}", values)
        return {"files": count, "first": [place for (place,) in first]}


def _looks(name: str) -> str:
    """Return a name without case, spaces, accents and invisible characters; names that look alike become equal."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in folded if unicodedata.category(character) not in ("Cf", "Zs", "Mn"))


def _marks(values: list) -> str:
    return ", ".join("?" * len(values))
