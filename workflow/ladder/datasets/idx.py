"""IDX files, the format of the original MNIST: four files in a folder, compressed by gzip or not.

The format (http://yann.lecun.com/exdb/mnist/): two bytes of zero, the type of the values (8: unsigned byte), the number
of axes, the length of each axis as four bytes with the highest first, and the values.
"""

import gzip
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ladder.errors import LadderError
from ladder.formats.files import expanded
from ladder.images.stacks import BLOCK, Stack

ABOUT = "IDX files, as the original MNIST comes in"
SHARED = ("path", "downloads", "splits")
SPLITS = {"train": r"train|training", "valid": r"valid|val|validation", "test": r"t10k|test|testing"}
# File names such as train-images-idx3-ubyte.gz; some copies have a dot: train-images.idx3-ubyte.
NAME = r"(?:.*[^a-z])?(?:{split})-{what}[-.]idx\d-ubyte(?:\.gz)?"
BYTES = 8  # type of unsigned bytes


def stacks(location: str | list[str]) -> list[Stack]:
    """Return the arrays of images in a folder or in files, whose images are read block by block.

    Raises LadderError for a folder without the files of the training images, and for files of another format.
    """
    files = _files(location)
    paths_of = {
        split: [_only(files, NAME.format(split=names, what=what)) for what in ("images", "labels")]
        for split, names in SPLITS.items()
    }
    if None in paths_of["train"]:
        listed = ", ".join(path.name for path in files[:12]) or "no files"
        raise LadderError(
            f"{location}: no IDX files of the training images; expected a folder with train-images-idx3-ubyte and "
            f"train-labels-idx1-ubyte, with .gz or without; there are {listed}"
        )
    return [_stack(split, *paths) for split, paths in paths_of.items() if None not in paths]


def _files(location: str | list[str]) -> list[Path]:
    if isinstance(location, list):
        return sorted(map(Path, location))
    return sorted(expanded(location).iterdir()) if expanded(location).is_dir() else []


def _only(files: list[Path], pattern: str) -> Path | None:
    matching = [path for path in files if re.fullmatch(pattern, path.name, re.IGNORECASE)]
    if len(matching) > 1:
        raise LadderError(f"{matching[0]} and {matching[1].name} both hold the same images or labels; remove one")
    return matching[0] if matching else None


def _stack(split: str, images: Path, labels: Path) -> Stack:
    with _opened(images) as stream:
        shape = _head(images, stream, 3)
    with _opened(labels) as stream:
        (count,) = _head(labels, stream, 1)
        classes = np.frombuffer(_read(labels, stream, count), np.uint8)
    if count != shape[0]:
        raise LadderError(f"{images}: {shape[0]:,} images, but {labels.name} has {count:,} labels")
    return Stack(split, images.name.partition(".")[0], shape[1:], classes, partial(_blocks, images, shape))


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with open(path, "rb") as file:
            is_packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if is_packed else open(path, "rb") as stream:
            yield stream
    except (OSError, EOFError, gzip.zlib.error) as error:
        raise LadderError(f"{path}: not a complete IDX file ({error})") from error


def _head(path: Path, stream: BinaryIO, axes: int) -> tuple[int, ...]:
    start = stream.read(4)
    if start != bytes((0, 0, BYTES, axes)):
        raise LadderError(f"{path}: no IDX file of {axes} axes of bytes; it begins with {start.hex(' ') or 'nothing'}")
    return struct.unpack(f">{axes}I", _read(path, stream, 4 * axes))


def _read(path: Path, stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise LadderError(f"{path}: not a complete IDX file: {size - len(data):,} bytes are missing at its end")
    return data


def _blocks(path: Path, shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    size = int(np.prod(shape[1:], dtype=np.int64))
    at_once = max(1, BLOCK // max(1, size))
    with _opened(path) as stream:
        _head(path, stream, 3)
        for first in range(0, shape[0], at_once):
            count = min(at_once, shape[0] - first)
            yield np.frombuffer(_read(path, stream, count * size), np.uint8).reshape(count, *shape[1:])
