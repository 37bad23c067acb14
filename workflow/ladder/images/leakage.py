"""Images that are among those to learn from and among those for validation, pixel for pixel.

A fingerprint of 64 bits finds the candidates, which are then compared in full: what is found is exact, both ways. Of
many images the fingerprints lie in a file, and are taken in parts, so that memory does not grow with them.
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

CHUNK = 1 << 20  # bytes of pixels at a time
PART = 1 << 16  # fingerprints of one split at a time
EXAMPLES = 5  # that are named
ODD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: its powers spread over all bits


class Images(Protocol):
    """The images of one split."""

    count: int
    shape: tuple[int, ...]

    def images(self, first: int, last: int) -> np.ndarray:
        """Images uint8 [last - first, ...]."""

    def label(self, number: int) -> int:
        """Class of one image."""


def leakage(train: Images, valid: Images, index: Path) -> dict:
    """How many validation images are training images too.

    Returns `images` (of validation), `of_another_class` (those whose equals all have another class), and as `examples`
    the paths of some, by the `index` of both splits: each a pair, `valid` and `train`.
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


def lines_about(found: dict) -> Iterator[str]:
    """What a log says of the leakage; nothing where there is none."""
    if found["images"]:
        yield (
            f"leakage: {found['images']:,} validation images are training images too, pixel for pixel, "
            f"{found['of_another_class']:,} of them under another class; for example"
        )
        for example in found["examples"]:
            yield f"  {example['valid']} is {example['train']}"


def fingerprints(images: np.ndarray) -> np.ndarray:
    """Weighted sums modulo 2^64 of the words of eight pixels, uint64 [n]; equal images have equal ones.

    Weights are the powers of an odd number: images that differ in one word only never have the same.
    """
    rows = np.ascontiguousarray(images).reshape(len(images), -1)
    if rest := -rows.shape[1] % 8:
        rows = np.pad(rows, ((0, 0), (0, rest)))
    words = rows.view(np.uint64)
    return np.einsum("ij,j->i", words, np.cumprod(np.full(words.shape[1], ODD)))


def _equal(train: Images, valid: Images) -> Iterator[tuple[int, int, bool]]:
    """Validation images that are training images: number, the first such one, whether all such have another class."""
    parts = -(-max(train.count, valid.count, 1) // PART)
    with TemporaryFile() as of_train, TemporaryFile() as of_valid:
        for images, file in ((train, of_train), (valid, of_valid)):
            _write(images, file)
        for part in range(parts):
            known, asked = _part(of_train, part, parts), _part(of_valid, part, parts)
            for fingerprint, _ in groupby(_in_both(known[1], asked[1])):
                different = _different(train, _with(fingerprint, *known))
                for number in _with(fingerprint, *asked):
                    image = valid.images(number, number + 1)
                    for other, slot, labels in different:
                        if np.array_equal(other, image):
                            yield number, slot, valid.label(number) not in labels


def _in_both(known: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Those asked for that are known; both are sorted. np.isin would import np.ma, which takes longer than all else."""
    if not len(known):
        return known
    return asked[known[np.searchsorted(known, asked, "right") - 1] == asked]


def _different(images: Images, numbers: list[int]) -> list[tuple[np.ndarray, int, set[int]]]:
    """The different ones among some images, nearly always one: each with its first number and all its classes."""
    found: list[tuple[np.ndarray, int, set[int]]] = []
    for number in numbers:
        image = images.images(number, number + 1)
        labels = next((labels for other, _, labels in found if np.array_equal(other, image)), None)
        if labels is None:
            found.append((np.array(image), number, labels := set()))
        labels.add(images.label(number))
    return found


def _write(images: Images, file: object) -> None:
    step = max(1, CHUNK // prod(images.shape))
    for first in range(0, images.count, step):
        file.write(fingerprints(images.images(first, min(first + step, images.count))).tobytes())


def _part(file: object, part: int, parts: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers and fingerprints of the images in one of `parts` parts, sorted by the latter."""
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
    """Numbers of the images that have a fingerprint."""
    return numbers[slice(*(np.searchsorted(fingerprints, fingerprint, side) for side in ("left", "right")))].tolist()


def _paths(index: Path, rows: set[int]) -> dict[int, str]:
    """Paths in some rows of the index, by their number below the header."""
    with open(index, encoding="utf-8", newline="") as file:
        return {
            number: row[2] for number, row in enumerate(islice(csv.reader(file), 1, max(rows) + 2)) if number in rows
        }
