"""NumPy arrays in an .npz file, as Keras ships MNIST (x_train, y_train, x_test, y_test) and as MedMNIST does."""

import zipfile
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from ladder.errors import LadderError
from ladder.formats.files import expanded
from ladder.images.entry import Entry, labelled, printable

ABOUT = "NumPy arrays in an .npz file"
SHARED = ("path", "sources", "splits")
# Names of the arrays with images and with labels, by split. The first pair of a split that is there is read.
ARRAYS = {
    "train": (("x_train", "y_train"), ("train_images", "train_labels")),
    "valid": (
        *(("x_val", "y_val"), ("x_valid", "y_valid"), ("val_images", "val_labels")),
        *(("x_test", "y_test"), ("test_images", "test_labels")),
    ),
}
BUFFER = 1 << 20  # bytes of pixels that are read at a time


def entries(location: str) -> Iterator[Entry]:
    """Yield the images of both splits, in the order of the arrays.

    Arrays are images uint8 [n, height, width], [n, height, width, 1] or [n, height, width, 3], and labels [n] or [n, 1]
    of whole numbers or texts. A label is the name of a class. The images are read block by block.

    Raises LadderError for a file that is no .npz, and for arrays that are missing, pickled, or of another type.
    """
    try:
        with zipfile.ZipFile(expanded(location)) as file:
            for split, pairs in ARRAYS.items():
                images, labels = _names(location, file, split, pairs)
                yield from _split(location, file, split, images, _labels(location, file, labels))
    except (zipfile.BadZipFile, OSError, EOFError, ValueError) as error:
        raise LadderError(f"{location}: no whole .npz file ({error}); write it with np.savez_compressed") from error


def _names(location: str, file: zipfile.ZipFile, split: str, pairs: tuple) -> tuple[str, str]:
    there = [name.removesuffix(".npy") for name in file.namelist()]
    for pair in pairs:
        if set(pair) <= set(there):
            return pair
    wanted = ", or ".join(" and ".join(pair) for pair in pairs)
    listed = ", ".join(printable(name) for name in there[:12]) or "no arrays"
    raise LadderError(f"{location}: no arrays for the {split} split; expected {wanted}; there are {listed}")


def _split(location: str, file: zipfile.ZipFile, split: str, name: str, labels: list[str]) -> Iterator[Entry]:
    with file.open(f"{name}.npy") as stream:
        shape, dtype = _head(f"{location}: {name}", stream)
        if dtype != np.uint8 or len(shape) not in (3, 4) or (len(shape) == 4 and shape[3] not in (1, 3)):
            raise LadderError(
                f"{location}: {name} is {dtype} [{', '.join(map(str, shape))}]; images are uint8 [n, height, width] or "
                "[n, height, width, 3], with values from 0 to 255"
            )
        if shape[0] != len(labels):
            raise LadderError(f"{location}: {name} has {shape[0]:,} images, but there are {len(labels):,} labels")
        digits = len(str(shape[0]))
        for number, (label, pixels) in enumerate(zip(labels, _images(f"{location}: {name}", stream, shape))):
            place = f"{split}/{label}/{number:0{digits}}.png"
            yield labelled(place, lambda pixels=pixels: pixels, label, split)


def _head(name: str, stream: BinaryIO) -> tuple[tuple[int, ...], np.dtype]:
    """Return the shape and type of an array, and read its stream up to the values."""
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, is_fortran, dtype = read(stream)
    if dtype.hasobject:
        raise LadderError(f"{name} is pickled, and a pickle can run code; save it as numbers or as text (dtype U)")
    if is_fortran and len(shape) > 1:
        raise LadderError(f"{name} is in Fortran's order; save np.ascontiguousarray of it")
    return shape, dtype


def _images(name: str, stream: BinaryIO, shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    """Yield each image as [height, width] or [3, height, width]."""
    size = int(np.prod(shape[1:]))
    at_once = max(1, BUFFER // max(1, size))
    for first in range(0, shape[0], at_once):
        count = min(at_once, shape[0] - first)
        data = stream.read(count * size)
        if len(data) < count * size:
            raise LadderError(f"{name} ends after {first + len(data) // max(1, size):,} of {shape[0]:,} images")
        block = np.frombuffer(data, np.uint8).reshape(count, *shape[1:])
        yield from block if block.ndim == 3 else block[..., 0] if shape[3] == 1 else np.moveaxis(block, 3, 1)


def _labels(location: str, file: zipfile.ZipFile, name: str) -> list[str]:
    with file.open(f"{name}.npy") as stream:
        shape, dtype = _head(f"{location}: {name}", stream)
        values = np.frombuffer(stream.read(), dtype)
    if dtype.kind not in "iuUb" or shape not in ((len(values),), (len(values), 1)):
        raise LadderError(
            f"{location}: {name} is {dtype} [{', '.join(map(str, shape))}]; labels are [n], whole numbers or text, one "
            "an image"
        )
    return [str(label) for label in values.tolist()]
