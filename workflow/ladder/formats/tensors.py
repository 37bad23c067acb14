"""Tensor files: the images and labels of a split as safetensors, written and read piece by piece.

The format (https://github.com/huggingface/safetensors) is 8 bytes with the length of the header, the header as JSON,
then the raw arrays. The library safetensors reads these files. We write them ourselves, since the library's writer
needs whole arrays in memory.
"""

import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
from safetensors import safe_open

CHUNK = 1024  # images at a time
NAMES = {np.dtype(np.int64): "I64", np.dtype(np.uint8): "U8"}
# Columns of the index, the table of the images in all files. `position` is an image's slot in the file of its split.
INDEX = {"split": "string", "position": "int64", "path": "string", "class": "string"}


def layout(arrays: dict[str, tuple[np.dtype, tuple[int, ...]]], metadata: dict) -> tuple[bytes, dict[str, int], int]:
    """Return the header of a file of `arrays`, the offset of each array in the file, and the file's size, in bytes.

    `arrays` gives dtype and shape by name. Arrays with larger items come first, so that each array is aligned.
    `metadata` is written into the header as one JSON string.
    """
    header, begins, end = {"__metadata__": {"ladder": json.dumps(metadata, sort_keys=True)}}, {}, 0
    for name, (dtype, shape) in sorted(arrays.items(), key=lambda item: (-np.dtype(item[1][0]).itemsize, item[0])):
        begins[name], end = end, end + np.dtype(dtype).itemsize * int(np.prod(shape, dtype=np.int64))
        header[name] = {"dtype": NAMES[np.dtype(dtype)], "shape": list(shape), "data_offsets": [begins[name], end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    head = len(text).to_bytes(8, "little") + text
    return head, {name: len(head) + begin for name, begin in begins.items()}, len(head) + end


def metadata(path: str | Path) -> dict:
    """Return the metadata of a tensor file, such as the names of its classes."""
    with safe_open(path, "np") as file:
        return json.loads(file.metadata()["ladder"])


class Split:
    """The images and labels of a tensor file, read in chunks: memory does not grow with the data."""

    def __init__(self, path: str | Path) -> None:
        self._path = path

    @cached_property
    def classes(self) -> list[str]:
        """Names of the classes, in the order of their labels."""
        return metadata(self._path)["classes"]

    @cached_property
    def labels(self) -> np.ndarray:
        """Class of each image, int64 [n]."""
        with safe_open(self._path, "np") as file:
            return file.get_tensor("labels")

    @property
    def count(self) -> int:
        """Number of images."""
        return len(self.labels)

    @property
    def size(self) -> int:
        """Number of pixels of all images; each channel counts."""
        with safe_open(self._path, "np") as file:
            return int(np.prod(file.get_slice("images").get_shape(), dtype=np.int64))

    def chunks(self, most: int | None = None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield images uint8 [n, ...] and labels int64 [n], at most `most` of them (by default CHUNK) at a time."""
        most = most or CHUNK
        with safe_open(self._path, "np") as file:
            images = file.get_slice("images")
            for first in range(0, self.count, most):
                last = min(first + most, self.count)
                yield images[first:last], self.labels[first:last]
