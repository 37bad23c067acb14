"""Turn labelled images into one uint8 tensor file a split, in two passes over the source and in constant memory.

The first pass lists the images: the slot of an image is its rank among the paths of its split. The second pass decodes
the images in the source's order and writes each image into its slot. If the source is small, the first pass keeps the
encoded images in memory, and each worker decodes a share of them.
"""

import csv
import mmap
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import islice, repeat
from pathlib import Path

import numpy as np

from ladder.errors import LadderError
from ladder.formats import tensors
from ladder.formats.files import atomic, sha256_of, write_json
from ladder.images import passed_over
from ladder.images.decoding import decode
from ladder.images.entry import Entry
from ladder.images.index import SPLITS, Listing
from ladder.images.leakage import leakage, lines_about
from ladder.images.splits import UNNAMED, Names
from ladder.runtime import child_processes

BATCH = 256  # images a task, at most: large against the cost of sending a task, small against memory
BUFFER = 4 << 20  # bytes of pixels that wait to be written
WHOLE = 3 * BUFFER  # bytes: a split with at most so many pixels is written as a whole
FIRST = 64  # images decoded first, to estimate the time of the rest
WORTH_A_POOL = 1.0  # seconds of decoding, below which starting processes and sending them images gains nothing
SECONDS_A_LINE = 2.0  # seconds between two lines of progress

Source = Callable[[], Iterator[Entry]]


def tensorize(
    source: Source, outputs: dict[str, str], index: str, facts: str, workers: int = 1, names: Names = UNNAMED
) -> dict:
    """Write the images of `source` as tensors, and return the facts about them.

    source   returns a new iterator over the entries, in the same order at every call
    outputs  {`train`: path, `valid`: path}: `images` uint8 [n, (3,) height, width], `labels` int64 [n]
    index    path of a CSV with one row an image: split, position in the tensor, path, class
    facts    path of a JSON with counts, classes, shape, files passed over, and the SHA-256 of the tensors
    names    names of the split folders in the config, for the message where a folder is missing

    If the pixels of any image are in colour, all images have three channels, and the channels of grey images are equal.
    Else all images are grey, whatever the kinds of their files.

    Raises LadderError naming the file for an unreadable image, an image of another size, a split without a folder or
    with several, an empty class, a class in one split only, fewer than two classes, or two files with the same path.
    """
    listing = Listing()
    listing.fill(source(), names)
    try:
        found = _write(source, listing, listing.shape, outputs, index, workers)
    except _InColour as image:
        print(f"tensorize: {image} is in colour, others are grey: all have three channels")
        found = _write(source, listing, (3, *listing.shape), outputs, index, workers)
    write_json(facts, found)
    total, classes = sum(found["images"].values()), len(found["classes"])
    print(f"tensorize: {total:,} images of {classes} classes; other files passed over: {found['passed_over']:,}")
    for line in (*passed_over.lines_about(found), *lines_about(found["leakage"])):
        print(f"tensorize: {line}")
    return found


def _write(
    source: Source, listing: Listing, shape: tuple[int, ...], outputs: dict[str, str], index: str, workers: int
) -> dict:
    classes, counts = listing.classes(), listing.counts()
    images = {split: sum(counts[split].values()) for split in SPLITS}
    with atomic(outputs["train"]) as train, atomic(outputs["valid"]) as valid, atomic(index) as index_part:
        with ExitStack() as closing:
            files = {}
            for split, path in zip(SPLITS, (train, valid)):
                files[split] = _TensorFile(path, images[split], shape, classes)
                closing.callback(files[split].close)
            places = _place(listing, index_part, files)
            if listing.kept is None:
                total = sum(images.values())
                _decode_all(_read(source(), places, total), total, files, shape, workers)
            else:
                _decode_in_shares(listing.kept, places, files, shape, workers)
            for file in files.values():
                file.finish()
            leaked = leakage(files["train"], files["valid"], index_part)
        return {
            "classes": classes,
            "shape": list(shape),
            "images": images,
            "images_per_class": counts,
            **listing.about(),
            "leakage": leaked,
            "sha256": {split: sha256_of(files[split].path) for split in SPLITS},
        }


class _InColour(Exception):
    """The pixels of an image are in colour, but the tensors being written are grey."""


class _TensorFile:
    """A tensor file of known size. Any process may write an image into its slot."""

    def __init__(self, path: Path, images: int, shape: tuple[int, ...], classes: list[str]) -> None:
        arrays = {"images": (np.uint8, (images, *shape)), "labels": (np.int64, (images,))}
        head, offsets, size = tensors.layout(arrays, {"classes": classes})
        self.path, self.count, self.shape = path, images, shape
        self._image_bytes = int(np.prod(shape))
        self._images, self._labels = offsets["images"], offsets["labels"]
        self._next_label = self._labels
        self._whole = images * self._image_bytes <= WHOLE
        if self._whole:
            # Images wait by slot, in memory shared with the processes started later.
            self._waiting = np.ndarray((images, *shape), np.uint8, mmap.mmap(-1, images * self._image_bytes))
        else:
            self._waiting = np.empty((max(1, BUFFER // self._image_bytes), *shape), np.uint8)
        self._slots: list[int] = []
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
        os.ftruncate(self._descriptor, size)
        self._write(head, 0)

    def append_labels(self, labels: list[int]) -> None:
        self._write(np.array(labels, "<i8"), self._next_label)
        self._next_label += 8 * len(labels)

    def add(self, slot: int, pixels: np.ndarray) -> None:
        """Take an image for its slot; a grey image fills each of three channels.

        The image is in the file after `flush` and, in the process that created the file, `finish`.
        """
        if self._whole:
            self._waiting[slot] = pixels
            return
        self._waiting[len(self._slots)] = pixels
        self._slots.append(slot)
        if len(self._slots) == len(self._waiting):
            self.flush()

    def flush(self) -> None:
        """Write the waiting images, neighbours together, unless the split is written as a whole."""
        order = np.argsort(self._slots)
        slots = np.array(self._slots, np.int64)[order]
        runs = np.flatnonzero(np.diff(slots, prepend=-2) != 1).tolist()
        for begin, end in zip(runs, (*runs[1:], len(slots))):
            self._write(self._waiting[order[begin:end]], self._images + int(slots[begin]) * self._image_bytes)
        self._slots.clear()

    def finish(self) -> None:
        """Write the images of a split that is written as a whole."""
        if self._whole:
            self._write(self._waiting, self._images)

    def images(self, first: int, last: int) -> np.ndarray:
        """Return images [last - first, ...] read from the file."""
        data = np.empty((last - first, *self.shape), np.uint8)
        left, offset = memoryview(data).cast("B"), self._images + first * self._image_bytes
        while left:
            read = os.preadv(self._descriptor, [left], offset)
            left, offset = left[read:], offset + read
        return data

    def label(self, slot: int) -> int:
        return int.from_bytes(os.pread(self._descriptor, 8, self._labels + 8 * slot), "little")

    def close(self) -> None:
        os.close(self._descriptor)

    def _write(self, data: bytes | np.ndarray, offset: int) -> None:
        left = memoryview(data).cast("B")
        while left:
            written = os.pwrite(self._descriptor, left, offset)
            left, offset = left[written:], offset + written


def _place(listing: Listing, index: Path, files: dict[str, "_TensorFile"]) -> memoryview:
    """Write the index and the labels; return the place of each image, in the source's order.

    The place of a training image is its slot. The place of a validation image is its slot plus the number of training
    images. All images in neither split have the same place: the number of images in the two splits.
    """
    labels = {label: number for number, label in enumerate(listing.classes())}
    begins = {"train": 0, "valid": files["train"].count}
    nowhere = files["train"].count + files["valid"].count
    # The smallest integer type: an image takes at most four bytes of memory here.
    found = np.full(listing.count, nowhere, np.min_scalar_type(nowhere))
    with open(index, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(tensors.INDEX)
        for part in listing.parts():
            slots = range(part.first, part.first + len(part.places))
            writer.writerows(zip(repeat(part.split), slots, part.places, part.labels))
            files[part.split].append_labels([labels[label] for label in part.labels])
            found[np.array(part.numbers) - 1] = np.array(slots) + begins[part.split]
    return found.data


def _read(entries: Iterator[Entry], places: memoryview, nowhere: int) -> Iterator[tuple]:
    """Yield (path, encoded image, place) of each image of a split, in the source's order; report progress on stderr."""
    last = time.monotonic()
    images = (entry for entry in entries if entry.is_image)
    for done, (entry, place) in enumerate(zip(images, places, strict=True)):
        if done % BATCH == 0 and (now := time.monotonic()) - last >= SECONDS_A_LINE:
            last = now
            print(f"tensorize: {done:,} of {len(places):,} images", file=sys.stderr)
        if place != nowhere:
            yield entry.path, entry.read(), place


def _decode_in_shares(
    kept: list[tuple], places: memoryview, files: dict[str, _TensorFile], shape: tuple[int, ...], workers: int
) -> None:
    """Decode the images kept in memory: each of `workers` processes takes a share; this process takes the first."""
    nowhere = sum(file.count for file in files.values())

    def decode_share(number: int) -> None:
        share = slice(number * len(kept) // workers, (number + 1) * len(kept) // workers)
        images = zip(kept[share], places[share], strict=True)
        _decode(((*image, place) for image, place in images if place != nowhere), files, shape)

    shares = {child_processes.fork(partial(decode_share, number)): number for number in range(1, workers)}
    try:
        decode_share(0)
    finally:
        failed = [number for process, number in shares.items() if os.waitpid(process, 0)[1] != 0]
    for number in failed:
        decode_share(number)  # raises the child's error in this process


def _decode_all(
    images: Iterator[tuple], total: int, files: dict[str, _TensorFile], shape: tuple[int, ...], workers: int
) -> None:
    """Decode the first images in this process, and the rest in `workers` processes if the first took long."""
    started = time.process_time()  # CPU time, since it does not count other programs
    _decode(islice(images, FIRST), files, shape)
    left = (time.process_time() - started) * (total / FIRST - 1)
    if workers < 2 or left < WORTH_A_POOL:
        _decode(images, files, shape)
    else:
        _decode_in_pool(images, max(1, min(BATCH, total // (4 * workers))), files, shape, workers)


def _decode_in_pool(
    images: Iterator[tuple], images_a_task: int, files: dict[str, _TensorFile], shape: tuple[int, ...], workers: int
) -> None:
    import multiprocessing  # imported here, since most jobs do not need it
    from concurrent.futures import ProcessPoolExecutor

    # With fork the workers inherit the open files and import nothing again.
    context = multiprocessing.get_context("fork")
    own = (os.getpid(), files, shape)
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_become_worker, initargs=own) as pool:
        pending: deque = deque()
        while batch := list(islice(images, images_a_task)):
            pending.append(pool.submit(_work, batch))
            if len(pending) >= 4 * workers:  # bounds the images that wait in memory
                pending.popleft().result()
        while pending:
            pending.popleft().result()


def _decode(images: Iterable[tuple], files: dict[str, _TensorFile], shape: tuple[int, ...]) -> None:
    train, valid = files["train"], files["valid"]
    for path, data, place in images:
        if isinstance(data, LadderError):
            raise data
        pixels = decode(path, data)
        if pixels.shape != shape:
            if pixels.shape[-2:] != shape[-2:]:
                raise LadderError(f"{path}: {_size(pixels.shape)}, but the images before it are {_size(shape)}")
            if pixels.ndim > len(shape):
                raise _InColour(path)
        if place < train.count:
            train.add(place, pixels)
        else:
            valid.add(place - train.count, pixels)
    for file in files.values():
        file.flush()


_worker: tuple = ()


def _become_worker(job: int, files: dict[str, _TensorFile], shape: tuple[int, ...]) -> None:
    global _worker
    child_processes.end_with(job)
    _worker = (files, shape)


def _work(batch: list[tuple]) -> None:
    _decode(batch, *_worker)


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[-1]}x{shape[-2]} {'grey' if len(shape) == 2 else 'colour'}"
