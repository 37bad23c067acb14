"""Turn labelled images into one uint8 tensor file per split, in two passes over the source and in constant memory.

The first pass lists the images: the slot of an image is its rank among the paths of its split. The second pass decodes
the images in the source's order and writes each image into its slot. If the source is small, the first pass keeps the
encoded images in memory, and each worker decodes a share of them.
"""

import csv
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import accumulate, repeat
from pathlib import Path

import numpy as np

from ladder.errors import LadderError
from ladder.formats import tensors
from ladder.formats.files import atomic, sha256_of, write_json
from ladder.formats.tensor_file import TensorFile
from ladder.images import changes, decoding_workers, passed_over, sizes
from ladder.images.decoding import Damaged, decode
from ladder.images.entry import Entry, OnDisk
from ladder.images.index import Listing
from ladder.images.layout import AS_FOLDERS, Layout
from ladder.images.leakage import leakage, lines_about
from ladder.images.pixels import AS_THEY_ARE, Pixels
from ladder.images.splits import SPLITS
from ladder.images.stacks import Stack, Stacks

BATCH = 256  # images between two readings of the clock
SECONDS_A_LINE = 2.0  # seconds between two lines of progress

Source = Callable[[], Iterator[Entry]]


class Skipped(Exception):
    """Some images are damaged, and the tensors are to be written without them; `numbers` in the source name them."""

    def __init__(self, numbers: list[int]) -> None:
        super().__init__()
        self.numbers = numbers


def tensorize(
    source: Source,
    outputs: dict[str, str],
    index: str,
    facts: str,
    workers: int = 1,
    layout: Layout = AS_FOLDERS,
    pixels: Pixels = AS_THEY_ARE,
) -> dict:
    """Write the images of `source` as tensors, and return the facts about them.

    source   returns a new iterator over the entries, in the same order at every call
    outputs  split to a path: `images` uint8 [n, (3,) height, width], `labels` int64 [n]; n is 0 without test images
    index    path of a CSV with one row per image: split, position in the tensor, path, class
    facts    path of a JSON with counts, classes, shape, files passed over, and the SHA-256 of the tensors
    layout   where the class and the split of an image stand
    pixels   settings of sizes, colours and conversions

    If the pixels of any image are in colour, all images have three channels, and the channels of grey images are equal.
    Else all images are grey, whatever the kinds of their files. `pixels.colour` may change this.

    Raises LadderError naming the file for an unreadable image, a split without a folder or with several, an empty
    class, a class in one split only, fewer than two classes, or two files with the same path; and, with their sizes,
    for images of several sizes.
    """
    listing = Listing(layout, pixels)
    listing.fill(source())
    source = partial(_located, source, layout)
    shape = listing.shape or _first_shape(source, listing, pixels)
    if pixels.colour == "rgb":
        shape = (3, *shape[-2:])
    while True:
        try:
            return _write_facts(_write(source, listing, shape, outputs, index, workers, pixels), facts)
        except decoding_workers.InColour as image:
            print(f"tensorize: {image} is in colour, others are grey: all have three channels")
            shape = (3, *shape)
        except Skipped as damaged:
            listing.leave_out(damaged.numbers)


def _located(source: Source, layout: Layout) -> Iterator[Entry]:
    return (layout.located(entry) for entry in source() if not layout.is_file(entry))


def _first_shape(source: Source, listing: Listing, pixels: Pixels) -> tuple[int, ...]:
    """Return the shape of the first image of a split that can be read."""
    is_used = listing.are_used()
    images = ((entry.path, entry.read) for entry in source() if entry.is_image)
    for used, (path, data) in zip(is_used, images if listing.kept is None else listing.kept):
        if used:
            try:
                if isinstance(data, LadderError):
                    raise data
                return decode(path, data() if callable(data) else data, pixels)[0].shape
            except Damaged:
                if not pixels.skip:
                    raise
    raise LadderError("every image is damaged; add images")


def tensorize_stacks(
    stacks: list[Stack],
    outputs: dict[str, str],
    index: str,
    facts: str,
    layout: Layout = AS_FOLDERS,
    pixels: Pixels = AS_THEY_ARE,
) -> dict:
    """Write the images of arrays as tensors, in the order of the arrays, and return the facts about them.

    The other arguments and the facts are as in `tensorize`. Raises LadderError for arrays that make no data set.
    """
    placed = Stacks(stacks, layout, pixels)

    def write(files: dict[str, TensorFile], index_part: Path) -> None:
        placed.place(index_part, files)
        placed.write(files)

    about = _written(placed.classes, placed.shape, placed.images_per_class(), write, outputs, index, in_order=True)
    return _write_facts(about | placed.about(), facts)


def _written(
    classes: list[str],
    shape: tuple[int, ...],
    counts: dict[str, dict[str, int]],
    write: Callable[[dict[str, TensorFile], Path], None],
    outputs: dict[str, str],
    index: str,
    in_order: bool = False,
) -> dict:
    """Have `write` fill the tensor files and the index; return the facts about them."""
    images = {split: sum(counts[split].values()) for split in counts}
    with ExitStack() as placing:
        paths = {split: placing.enter_context(atomic(outputs[split])) for split in SPLITS}
        index_part = placing.enter_context(atomic(index))
        with ExitStack() as closing:
            files = {}
            for split, path in paths.items():
                files[split] = TensorFile(path, images.get(split, 0), shape, classes, in_order)
                closing.callback(files[split].close)
            write(files, index_part)
            for file in files.values():
                file.finish()
            leaked = leakage(files["train"], files["valid"], index_part)
        return {
            "classes": classes,
            "shape": list(shape),
            "images": images,
            "images_per_class": counts,
            "leakage": leaked,
            "sha256": {split: sha256_of(files[split].path) for split in images},
        }


def _write(
    source: Source,
    listing: Listing,
    shape: tuple[int, ...],
    outputs: dict[str, str],
    index: str,
    workers: int,
    pixels: Pixels,
) -> dict:
    done = changes.shared(sum(sum(counts.values()) for counts in listing.counts().values()))

    def write(files: dict[str, TensorFile], index_part: Path) -> None:
        work = decoding_workers.Work(pixels, shape, files, done)
        _decode(source, listing, _place(listing, index_part, files), work, workers)

    about = _written(listing.classes(), shape, listing.counts(), write, outputs, index)
    return about | listing.about() | {"converted": changes.counted(done)}


def _decode(source: Source, listing: Listing, places: memoryview, work: decoding_workers.Work, workers: int) -> None:
    """Decode all images. Raises Skipped for damaged images that are to be left out."""
    nowhere = len(work.changes)
    try:
        if listing.kept is None:
            decoding_workers.decode_all(_read(source(), places, nowhere), work, workers)
        else:
            decoding_workers.decode_in_shares(listing.kept, places, work, workers)
    except decoding_workers.OfAnotherSize:
        raise sizes.refusal(_read(source(), places, nowhere)) from None
    (damaged,) = np.nonzero(work.changes == changes.DAMAGED)
    if len(damaged):
        skipped = set(damaged.tolist())
        raise Skipped([number for number, place in enumerate(places, 1) if place in skipped])


def _write_facts(facts: dict, path: str) -> dict:
    """Write the facts, and print a summary of them."""
    write_json(path, facts)
    total, classes = sum(facts["images"].values()), len(facts["classes"])
    print(f"tensorize: {total:,} images of {classes} classes; other files passed over: {facts['passed_over']:,}")
    for line in (*passed_over.lines_about(facts), *lines_about(facts["leakage"])):
        print(f"tensorize: {line}")
    return facts


def _place(listing: Listing, index: Path, files: dict[str, "TensorFile"]) -> memoryview:
    """Write the index and the labels; return the place of each image, in the source's order.

    The place of an image is its slot plus the number of images in the earlier splits. All images without a split have
    the same place: the number of images in all splits.
    """
    labels = {label: number for number, label in enumerate(listing.classes())}
    counts = [files[split].count for split in SPLITS]
    begins = dict(zip(SPLITS, accumulate(counts, initial=0)))
    nowhere = sum(counts)
    # The smallest integer type: an image takes at most four bytes of memory here.
    places = np.full(listing.count, nowhere, np.min_scalar_type(nowhere))
    with open(index, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(tensors.INDEX)
        for part in listing.parts():
            slots = range(part.first, part.first + len(part.places))
            writer.writerows(zip(repeat(part.split), slots, part.places, part.labels))
            files[part.split].append_labels([labels[label] for label in part.labels])
            places[np.array(part.numbers) - 1] = np.array(slots) + begins[part.split]
    return places.data


def _read(entries: Iterator[Entry], places: memoryview, nowhere: int) -> Iterator[tuple]:
    """Yield (path, encoded image, place) of each image of a split, in the source's order; report progress on stderr.

    A file on disk is not read here: instead of the encoded image comes its OnDisk, with which any process reads it.
    """
    last = time.monotonic()
    images = (entry for entry in entries if entry.is_image)
    for done, (entry, place) in enumerate(zip(images, places, strict=True)):
        if done % BATCH == 0 and (now := time.monotonic()) - last >= SECONDS_A_LINE:
            last = now
            print(f"tensorize: {done:,} of {len(places):,} images", file=sys.stderr)
        if place != nowhere:
            yield entry.path, entry.read if isinstance(entry.read, OnDisk) else entry.read(), place
