"""Labelled images to one uint8 tensor file a split, in two passes over the source and in constant memory.

The first pass lists the images into a small database, which sorts them on disk: the slot of an image is its rank among
the paths of its split. The second decodes them in the source's own order, on several processes, and writes each into
its slot.
"""

import csv
import multiprocessing
import os
import sqlite3
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from ladder import tensors
from ladder.datasets.entry import Entry
from ladder.errors import LadderError
from ladder.files import atomic, sha256_of, write_json
from ladder.images import decode

SPLITS = ("train", "valid")
BATCH = 256  # images a task: large against the cost of sending it, small against memory
SECONDS_A_LINE = 2.0

Source = Callable[[], Iterator[Entry]]


def tensorize(source: Source, outputs: dict[str, str], index: str, facts: str, workers: int = 1) -> dict:
    """Write the images of `source` as tensors, and return the facts about them.

    source   returns a new iterator over the entries, in the same order at every call
    outputs  {`train`: path, `valid`: path}: `images` uint8 [n, (3,) height, width], `labels` int64 [n]
    index    path of a CSV with one row an image: split, position in the tensor, path, class
    facts    path of a JSON with counts, classes, shape, and the SHA-256 of the tensors

    Raises LadderError naming the file for an unreadable image or one of another size, an empty class, a class in one
    split only, fewer than two classes, two files of one path, or no images at all.
    """
    listing = _Listing()
    shape = listing.fill(source())
    classes, counts = listing.classes(), listing.counts()
    with atomic(outputs["train"]) as train, atomic(outputs["valid"]) as valid, atomic(index) as index_part:
        files = {split: _TensorFile(path, counts[split], shape, classes) for split, path in zip(SPLITS, (train, valid))}
        with ExitStack() as closing:
            for file in files.values():
                closing.callback(file.close)
            for split, rows in listing.labels():
                files[split].append_labels(rows)
            _decode_all(_tasks(source(), listing.slots()), files, shape, sum(counts.values()), workers)
        listing.write_index(index_part)
        found = {
            "classes": classes,
            "shape": list(shape),
            "images": counts,
            "images_per_class": listing.counts_per_class(),
            "passed_over": listing.passed_over,
            "sha256": {split: sha256_of(files[split].path) for split in SPLITS},
        }
    write_json(facts, found)
    total = sum(counts.values())
    print(f"tensorize: {total:,} images of {len(classes)} classes; other files passed over: {listing.passed_over:,}")
    return found


class _Listing:
    """The images of a source, sorted by path within each split, in a database on disk."""

    def __init__(self) -> None:
        # The empty name is a temporary file that SQLite deletes by itself; its cache is bounded.
        self._db = sqlite3.connect("")
        self._db.execute("CREATE TABLE image (entry INTEGER PRIMARY KEY, split, label, place, sorting BLOB)")
        self._seen: set[tuple[str, str]] = set()
        self.passed_over = 0

    def fill(self, entries: Iterator[Entry]) -> tuple[int, ...]:
        """List all images; return the shape of the first one."""
        shape = None
        for number, entry in enumerate(entries):
            if entry.label is not None and (entry.read is None or "/" in entry.place):
                self._seen.add((entry.split, entry.label))
            if entry.is_image:
                if shape is None:
                    shape = decode(entry.path, entry.read()).shape
                self._insert(number, entry)
            elif entry.read is not None:
                self.passed_over += 1
        if shape is None:
            raise LadderError(
                "no images in the two split folders: expected <train>/<class>/<image> and <valid>/<class>/<image>, "
                "with the folders' names as `train` and `valid` of the dataset give them"
            )
        self._check_paths()
        self._check_classes()
        return shape

    def _insert(self, number: int, entry: Entry) -> None:
        # A separator below every other character sorts by the parts of a path, as pathlib does (and ImageFolder, where
        # the folder of a class holds no further folders).
        sorting = entry.place.replace("/", "\1").encode()
        row = (number, entry.split, entry.label, entry.place, sorting)
        self._db.execute("INSERT INTO image VALUES (?, ?, ?, ?, ?)", row)

    def _check_paths(self) -> None:
        twice = self._db.execute("SELECT place FROM image GROUP BY split, sorting HAVING count(*) > 1").fetchone()
        if twice:
            raise LadderError(f"{twice[0]}: two files have this path")

    def _check_classes(self) -> None:
        classes = {split: {label for where, label in self._seen if where == split} for split in SPLITS}
        filled = set(self._db.execute("SELECT DISTINCT split, label FROM image"))
        for split, label in sorted(self._seen):
            other = "valid" if split == "train" else "train"
            if label not in classes[other]:
                raise LadderError(
                    f"class {label!r} is in the {split} split only; every class needs images in both splits"
                )
            if (split, label) not in filled:
                raise LadderError(f"class {label!r} has no image in the {split} split; add images or remove the folder")
        if len(classes["train"]) < 2:
            raise LadderError(
                f"only one class, {min(classes['train'])!r}; a classifier needs two or more class folders"
            )

    def classes(self) -> list[str]:
        """Names of the classes, sorted: the label of an image is its class's place in this list."""
        return sorted({label for _, label in self._seen})

    def counts(self) -> dict[str, int]:
        return dict(self._db.execute("SELECT split, count(*) FROM image GROUP BY split"))

    def counts_per_class(self) -> dict[str, dict[str, int]]:
        rows = self._db.execute("SELECT split, label, count(*) FROM image GROUP BY split, label")
        per_class: dict[str, dict[str, int]] = {split: {} for split in SPLITS}
        for split, label, count in rows:
            per_class[split][label] = count
        return per_class

    def slots(self) -> Iterator[tuple[int, str, int]]:
        """(number of the entry in the source, split, slot in its tensor), in the source's order."""
        rank = "row_number() OVER (PARTITION BY split ORDER BY sorting) - 1"
        yield from self._db.execute(f"SELECT entry, split, {rank} FROM image ORDER BY entry")

    def labels(self) -> Iterator[tuple[str, np.ndarray]]:
        """(split, labels of the next slots), in the order of the slots."""
        numbers = {label: number for number, label in enumerate(self.classes())}
        for split in SPLITS:
            rows = self._db.execute("SELECT label FROM image WHERE split = ? ORDER BY sorting", (split,))
            while part := rows.fetchmany(BATCH * 64):
                yield split, np.array([numbers[label] for (label,) in part], dtype=np.int64)

    def write_index(self, path: Path) -> None:
        rank = "row_number() OVER (PARTITION BY split ORDER BY sorting) - 1"
        rows = self._db.execute(f"SELECT split, {rank}, place, label FROM image ORDER BY split, sorting")
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["split", "image", "path", "class"])
            writer.writerows(rows)


class _TensorFile:
    """A tensor file of known size, written by slot and by any process."""

    def __init__(self, path: Path, images: int, shape: tuple[int, ...], classes: list[str]) -> None:
        arrays = {"images": (np.uint8, (images, *shape)), "labels": (np.int64, (images,))}
        head, offsets, size = tensors.layout(arrays, {"classes": classes})
        self.path = path
        self._image_bytes = int(np.prod(shape))
        self._images, self._next_label = offsets["images"], offsets["labels"]
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
        os.ftruncate(self._descriptor, size)
        self._write(head, 0)

    def append_labels(self, labels: np.ndarray) -> None:
        self._write(labels.astype("<i8").tobytes(), self._next_label)
        self._next_label += 8 * len(labels)

    def write_image(self, slot: int, pixels: np.ndarray) -> None:
        self._write(pixels.tobytes(), self._images + slot * self._image_bytes)

    def close(self) -> None:
        os.close(self._descriptor)

    def _write(self, data: bytes, offset: int) -> None:
        while data:
            written = os.pwrite(self._descriptor, data, offset)
            data, offset = data[written:], offset + written


def _tasks(entries: Iterator[Entry], slots: Iterator[tuple[int, str, int]]) -> Iterator[list[tuple]]:
    """Batches of (path, encoded image, split, slot)."""
    batch = []
    numbered = enumerate(entries)
    for wanted, split, slot in slots:
        entry = next(entry for number, entry in numbered if number == wanted)
        batch.append((entry.path, entry.read(), split, slot))
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


def _decode_all(
    tasks: Iterator[list[tuple]], files: dict[str, _TensorFile], shape: tuple[int, ...], total: int, workers: int
) -> None:
    """Decode all batches, on `workers` processes where there is work for more than one."""
    progress = _Progress(total)
    workers = min(workers, total // (4 * BATCH))
    if workers < 2:
        for batch in tasks:
            progress.add(_decode_batch(batch, files, shape))
        return
    # fork: the open files are inherited and nothing is imported again.
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_become_worker, initargs=(files, shape)) as pool:
        pending: deque = deque()
        for batch in tasks:
            pending.append(pool.submit(_work, batch))
            if len(pending) >= 4 * workers:  # the bound on what waits in memory
                progress.add(pending.popleft().result())
        while pending:
            progress.add(pending.popleft().result())


def _decode_batch(batch: list[tuple], files: dict[str, _TensorFile], shape: tuple[int, ...]) -> int:
    for path, data, split, slot in batch:
        pixels = decode(path, data)
        if pixels.shape != shape:
            raise LadderError(f"{path}: {_size(pixels.shape)}, but the images before it are {_size(shape)}")
        files[split].write_image(slot, pixels)
    return len(batch)


_worker: tuple = ()


def _become_worker(files: dict[str, _TensorFile], shape: tuple[int, ...]) -> None:
    global _worker
    _worker = (files, shape)


def _work(batch: list[tuple]) -> int:
    return _decode_batch(batch, *_worker)


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[-1]}x{shape[-2]} {'grey' if len(shape) == 2 else 'colour'}"


class _Progress:
    """A line of progress every other second."""

    def __init__(self, total: int) -> None:
        self._done, self._total, self._last = 0, total, time.monotonic()

    def add(self, count: int) -> None:
        self._done += count
        now = time.monotonic()
        if now - self._last >= SECONDS_A_LINE:
            self._last = now
            print(f"tensorize: {self._done:,} of {self._total:,} images", file=sys.stderr)
