"""Leakage: validation images that equal a training image, pixel for pixel.

Equal fingerprints of 64 bits find the candidates. The candidates are then compared in full, so every equal image is
found, and no other image. The fingerprints lie in a file and are compared in parts, so memory does not grow with the
data set.
"""

import csv
from collections.abc import Iterator
from heapq import nsmallest
from itertools import groupby, islice
from math import prod
from pathlib import Path
from tempfile import TemporaryFile
from typing import Protocol

import numpy as np

CHUNK = 1 << 20  # bytes of pixels in memory at a time
PART = 1 << 16  # fingerprints of one split in memory at a time
EXAMPLES = 5  # equal images that are named
ODD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio, made odd; its powers spread over all bits


class Images(Protocol):
    """The images of one split."""

    count: int
    shape: tuple[int, ...]

    def images(self, first: int, last: int) -> np.ndarray:
        """Return the images from `first` up to `last`, uint8 [last - first, ...]."""

    def label(self, number: int) -> int:
        """Return the class of one image."""


def leakage(train: Images, valid: Images, index: Path) -> dict:
    """Count the validation images that equal a training image.

    `index` is the table of all images: the training images, then the validation images. Returns `images`, the count;
    `of_another_class`, the count of the images whose equal training images all have another class; and `examples`,
    paths of the first EXAMPLES pairs, `valid` and `train`.
    """
    count = another = 0
    first: list[tuple[int, int]] = []
    for number, slot, is_another in _equal(train, valid):
        count, another = count + 1, another + is_another
        first = nsmallest(EXAMPLES, (*first, (number, slot)))
    rows = {train.count + number: slot for number, slot in first}
    paths = _paths(index, {*rows, *rows.values()}) if rows else {}
    examples = [{"valid": paths[of_valid], "train": paths[of_train]} for of_valid, of_train in rows.items()]
    return {"images": count, "of_another_class": another, "examples": examples}


def lines_about(leaks: dict) -> Iterator[str]:
    """Yield lines about the leakage for a log; none if there is no leakage."""
    if leaks["images"]:
        yield (
            f"leakage: {leaks['images']:,} validation images are training images too, pixel for pixel, "
            f"{leaks['of_another_class']:,} of them under another class; for example"
        )
        for example in leaks["examples"]:
            yield f"  {example['valid']} is {example['train']}"


def fingerprints(images: np.ndarray) -> np.ndarray:
    """Return a fingerprint of each image, uint64 [n]; equal images have equal fingerprints.

    A fingerprint is the weighted sum, modulo 2^64, of the image's words of eight pixels each. The weights are powers of
    an odd number, so images that differ in one word only have different fingerprints.
    """
    rows = np.ascontiguousarray(images).reshape(len(images), -1)
    if rest := -rows.shape[1] % 8:
        rows = np.pad(rows, ((0, 0), (0, rest)))
    words = rows.view(np.uint64)
    return np.einsum("ij,j->i", words, np.cumprod(np.full(words.shape[1], ODD)))


def _equal(train: Images, valid: Images) -> Iterator[tuple[int, int, bool]]:
    """Yield (number, number of the first equal training image, is_another) for each validation image that has one.

    is_another  whether all equal training images have another class
    """
    parts = -(-max(train.count, valid.count, 1) // PART)
    with TemporaryFile() as of_train, TemporaryFile() as of_valid:
        for images, file in ((train, of_train), (valid, of_valid)):
            _write(images, file)
        for part in range(parts):
            known, searched = _part(of_train, part, parts), _part(of_valid, part, parts)
            for fingerprint, _ in groupby(_in_both(known[1], searched[1])):
                different = _different(train, _with(fingerprint, *known))
                for number in _with(fingerprint, *searched):
                    image = valid.images(number, number + 1)
                    for train_image, slot, labels in different:
                        if np.array_equal(train_image, image):
                            yield number, slot, valid.label(number) not in labels


def _in_both(known: np.ndarray, searched: np.ndarray) -> np.ndarray:
    """Return the values of `searched` that are in `known`; both are sorted.

    np.isin would import np.ma, whose import takes longer than all the rest.
    """
    if not len(known):
        return known
    return searched[known[np.searchsorted(known, searched, "right") - 1] == searched]


def _different(images: Images, numbers: list[int]) -> list[tuple[np.ndarray, int, set[int]]]:
    """Return the different images of these numbers, nearly always one, each with its first number and its classes."""
    distinct: list[tuple[np.ndarray, int, set[int]]] = []
    for number in numbers:
        image = images.images(number, number + 1)
        labels = next((labels for earlier, _, labels in distinct if np.array_equal(earlier, image)), None)
        if labels is None:
            distinct.append((np.array(image), number, labels := set()))
        labels.add(images.label(number))
    return distinct


def _write(images: Images, file: object) -> None:
    step = max(1, CHUNK // prod(images.shape))
    for first in range(0, images.count, step):
        file.write(fingerprints(images.images(first, min(first + step, images.count))).tobytes())


def _part(file: object, part: int, parts: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers and fingerprints of the images in one of `parts` parts, sorted by fingerprint."""
    numbers, values, first = [], [], 0
    file.seek(0)
    while data := file.read(8 * PART):
        chunk = np.frombuffer(data, np.uint64)
        (chosen,) = np.nonzero(chunk % np.uint64(parts) == part) if parts > 1 else (np.arange(len(chunk)),)
        numbers.append(chosen + first)
        values.append(chunk[chosen])
        first += len(chunk)
    order = np.argsort(together := np.concatenate(values), kind="stable")
    return np.concatenate(numbers)[order], together[order]


def _with(fingerprint: np.uint64, numbers: np.ndarray, fingerprints: np.ndarray) -> list[int]:
    """Return the numbers of the images with this fingerprint."""
    return numbers[slice(*(np.searchsorted(fingerprints, fingerprint, side) for side in ("left", "right")))].tolist()


def _paths(index: Path, rows: set[int]) -> dict[int, str]:
    """Return the paths in these rows of the index, by row number; row 0 is the first below the header."""
    with open(index, encoding="utf-8", newline="") as file:
        return {
            number: row[2] for number, row in enumerate(islice(csv.reader(file), 1, max(rows) + 2)) if number in rows
        }
