"""NumPy arrays in an .npz file, as Keras ships MNIST (x_train, y_train, x_test, y_test) and as MedMNIST does."""

import zipfile
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

import numpy as np

from ladder.errors import LadderError
from ladder.formats.files import expanded
from ladder.images.entry import printable
from ladder.images.stacks import BLOCK, Stack

ABOUT = "NumPy arrays in an .npz file"
SHARED = ("path", "sources", "splits")
# Names of the arrays with images and with labels, by split.
ARRAYS = {
    "train": (("x_train", "y_train"), ("train_images", "train_labels")),
    "valid": (("x_val", "y_val"), ("x_valid", "y_valid"), ("val_images", "val_labels")),
    "test": (("x_test", "y_test"), ("test_images", "test_labels")),
}


def stacks(location: str) -> list[Stack]:
    """Return the arrays of images, whose images are read block by block.

    Arrays are images uint8 [n, height, width], [n, height, width, 1] or [n, height, width, 3], and labels [n] or [n, 1]
    of whole numbers or text. A label is the name of a class.

    Raises LadderError for a file that is no .npz, and for arrays that are missing, pickled, or of another type.
    """
    with _Opened(location) as file:
        arrays = {name.removesuffix(".npy") for name in file.namelist()}
        pairs = [(split, pair) for split, known in ARRAYS.items() for pair in known if arrays.issuperset(pair)]
        if "train" not in (split for split, _ in pairs):
            wanted = ", or ".join(" and ".join(pair) for pair in ARRAYS["train"])
            listed = ", ".join(sorted(map(printable, arrays))[:12]) or "no arrays"
            raise LadderError(f"{location}: no training images; expected {wanted}; there are {listed}")
        return [_stack(location, file, split, *pair) for split, pair in pairs]


class _Opened(zipfile.ZipFile):
    """An .npz file; an error in it becomes a LadderError."""

    def __init__(self, location: str) -> None:
        self._location = location
        try:
            super().__init__(expanded(location))
        except (zipfile.BadZipFile, OSError) as error:
            raise self._refusal(error) from error

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        super().__exit__(kind, error, trace)
        if isinstance(error, zipfile.BadZipFile | zipfile.zlib.error | OSError | EOFError | ValueError):
            raise self._refusal(error) from error

    def _refusal(self, error: BaseException) -> LadderError:
        return LadderError(f"{self._location}: not a complete .npz file ({error}); write it with np.savez_compressed")


def _stack(location: str, file: zipfile.ZipFile, split: str, images: str, labels: str) -> Stack:
    with file.open(f"{images}.npy") as stream:
        shape, dtype = _head(f"{location}: {images}", stream)
    if dtype != np.uint8 or len(shape) not in (3, 4) or (len(shape) == 4 and shape[3] not in (1, 3)):
        raise LadderError(
            f"{location}: {images} is {dtype} {list(shape)}; images are uint8 [n, height, width] or [n, height, width, "
            "3], with values from 0 to 255"
        )
    classes = _labels(location, file, labels)
    if shape[0] != len(classes):
        raise LadderError(f"{location}: {images} has {shape[0]:,} images, but {labels} has {len(classes):,} labels")
    image_shape = (3, *shape[1:3]) if shape[3:] == (3,) else shape[1:3]
    return Stack(split, images, image_shape, classes, partial(_blocks, location, images, shape))


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


def _blocks(location: str, name: str, shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    size = int(np.prod(shape[1:]))
    at_once = max(1, BLOCK // max(1, size))
    with _Opened(location) as file, file.open(f"{name}.npy") as stream:
        _head(name, stream)
        for first in range(0, shape[0], at_once):
            count = min(at_once, shape[0] - first)
            data = stream.read(count * size)
            if len(data) < count * size:
                raise LadderError(f"{location}: {name} ends after {first + len(data) // size:,} of {shape[0]:,} images")
            block = np.frombuffer(data, np.uint8).reshape(count, *shape[1:])
            yield block if block.ndim == 3 else block[..., 0] if shape[3] == 1 else np.moveaxis(block, 3, 1)


def _labels(location: str, file: zipfile.ZipFile, name: str) -> np.ndarray:
    with file.open(f"{name}.npy") as stream:
        shape, dtype = _head(f"{location}: {name}", stream)
        values = np.frombuffer(stream.read(), dtype)
    if dtype.kind not in "iuUb" or shape not in ((len(values),), (len(values), 1)):
        raise LadderError(
            f"{location}: {name} is {dtype} {list(shape)}; labels are [n], whole numbers or text, one per image"
        )
    return values
