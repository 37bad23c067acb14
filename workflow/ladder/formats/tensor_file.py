"""A tensor file that is written image by image, in any order and by several processes."""

import mmap
import os
from pathlib import Path

import numpy as np

from ladder.formats import tensors

BUFFER = 4 << 20  # bytes of pixels that wait to be written
WHOLE = 3 * BUFFER  # bytes: a split with at most this many pixels is written as a whole


class TensorFile:
    """A tensor file of known size. Any process may write an image into its slot."""

    def __init__(
        self, path: Path, images: int, shape: tuple[int, ...], classes: list[str], in_order: bool = False
    ) -> None:
        arrays = {"images": (np.uint8, (images, *shape)), "labels": (np.int64, (images,))}
        head, offsets, size = tensors.layout(arrays, {"classes": classes})
        self.path, self.count, self.shape = path, images, shape
        self._image_bytes = int(np.prod(shape))
        self._images, self._labels = offsets["images"], offsets["labels"]
        self._next_image, self._next_label = self._images, self._labels
        self._whole = not in_order and images * self._image_bytes <= WHOLE
        if self._whole and images:
            # Images wait by slot, in memory shared with the processes started later.
            self._waiting = np.ndarray((images, *shape), np.uint8, mmap.mmap(-1, images * self._image_bytes))
        elif not self._whole:
            self._waiting = np.empty((max(1, BUFFER // self._image_bytes), *shape), np.uint8)
        self._slots: list[int] = []
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
        os.ftruncate(self._descriptor, size)
        self._write(head, 0)

    def append_labels(self, labels: list[int] | np.ndarray) -> None:
        """Write the classes of the next images."""
        self._write(np.array(labels, "<i8"), self._next_label)
        self._next_label += 8 * len(labels)

    def append_images(self, images: np.ndarray) -> None:
        """Write the next images [n, ...] of a file that is written in order."""
        self._write(np.ascontiguousarray(images), self._next_image)
        self._next_image += images.nbytes

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
        if self._whole and self.count:
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
