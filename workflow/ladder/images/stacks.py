"""Images that lie in arrays: whole blocks go from the source into the tensors, in the order of the arrays."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ladder.errors import LadderError
from ladder.formats import tensors
from ladder.formats.tensor_file import TensorFile
from ladder.images import changes, classes, drawn_splits
from ladder.images.decoding import decode
from ladder.images.layout import Layout
from ladder.images.pixels import AS_THEY_ARE, Pixels
from ladder.images.splits import CALLED, SPLITS

BLOCK = 1 << 20  # bytes of pixels that a source reads at a time


@dataclass(frozen=True)
class Stack:
    """Images of one split, in one array.

    name    name of the array; in tables an image is called name[number]
    shape   shape of an image: (height, width) or (3, height, width)
    labels  class of each image, whole numbers or text [n]
    blocks  function that returns an iterator over the images in their order, uint8 [n, *shape]
    """

    split: str
    name: str
    shape: tuple[int, ...]
    labels: np.ndarray
    blocks: Callable[[], Iterator[np.ndarray]]


class Stacks:
    """All arrays of a source, and the split and class of each image.

    classes  names of the classes, sorted; the label of an image is the index of its class
    counts   images by split and class
    shape    shape of each image
    """

    def __init__(self, stacks: list[Stack], layout: Layout, pixels: Pixels = AS_THEY_ARE) -> None:
        self._layout, self._given, self._pixels = layout, {stack.split for stack in stacks}, pixels
        self._stacks = _with_validation(stacks, layout)
        self._done: list[int] = []
        self.shape = _one_shape(stacks, pixels)
        self.classes = sorted({str(label) for stack in stacks for label in np.unique(stack.labels).tolist()})
        self._labels = [_codes(stack.labels, self.classes) for stack in stacks]
        self._splits = self._drawn(layout)
        self.counts: Counter[tuple[str, str]] = Counter()
        for splits, labels in zip(self._splits, self._labels):
            for code in np.unique(splits):
                numbers = np.bincount(labels[splits == code])
                images = {(SPLITS[code], self.classes[label]): numbers[label] for label in np.flatnonzero(numbers)}
                self.counts.update(images)
        classes.refuse_lacking(self.counts)

    def images_per_class(self) -> dict[str, dict[str, int]]:
        """Return the number of images by split and class, without splits that have none."""
        splits = [split for split in SPLITS if any(split == known for known, _ in self.counts)]
        return {split: {label: int(self.counts[split, label]) for label in self.classes} for split in splits}

    def about(self) -> dict:
        """Return a summary as Listing.about does; no file was passed over."""
        about = {"splits": {}, "images_by_content": {"files": 0, "first": []}, "respelled_classes": []}
        about |= {"passed_over": 0, "passed_over_files": [], "damaged": {"files": 0, "first": []}}
        about["converted"] = changes.counted(np.array(self._done, np.uint16))
        if self._layout.shares:
            about["drawn"] = {"shares": self._layout.shares, "seed": self._layout.seed, "groups": None}
        elif "valid" not in self._given:
            about["test_for_validation"] = True
        return about

    def place(self, index: str, files: dict[str, TensorFile]) -> None:
        """Write the labels and the rows of the index, split by split."""
        with open(index, "w", encoding="utf-8", newline="") as file:
            file.write(",".join(tensors.INDEX) + "\n")
            cells = [_cell(label) for label in self.classes]
            for split, written in files.items():
                first = 0
                for stack, splits, labels in zip(self._stacks, self._splits, self._labels):
                    numbers = np.flatnonzero(splits == SPLITS.index(split))
                    own = labels[numbers]
                    written.append_labels(own)
                    begin, end = _cell(f"{stack.name}[]").split("[]")
                    file.writelines(
                        f"{split},{position},{begin}[{number}]{end},{cells[label]}\n"
                        for position, (number, label) in enumerate(zip(numbers.tolist(), own.tolist()), first)
                    )
                    first += len(numbers)

    def write(self, files: dict[str, TensorFile]) -> None:
        """Write all images."""
        for stack, splits in zip(self._stacks, self._splits):
            first = 0
            for block in map(self._converted, stack.blocks()):
                block_splits = splits[first : first + len(block)]
                for code in np.unique(block_splits):
                    chosen = block_splits == code
                    files[SPLITS[code]].append_images(block if chosen.all() else block[chosen])
                first += len(block)

    def _converted(self, block: np.ndarray) -> np.ndarray:
        """Return images in the shape of the tensors."""
        if block.shape[1:] == self.shape:
            return block
        if not self._pixels.fits(block[0]):
            decoded = [decode("an image of an array", image, self._pixels) for image in block]
            self._done += [done for _, done in decoded]
            block = np.stack([np.broadcast_to(pixels, self.shape) for pixels, _ in decoded])
        return np.broadcast_to(block[:, None], (len(block), *self.shape)) if block.ndim < 1 + len(self.shape) else block

    def _drawn(self, layout: Layout) -> list[np.ndarray]:
        """Return the split of each image of each array, as its number in SPLITS."""
        splits = [np.full(len(stack.labels), SPLITS.index(stack.split), np.int8) for stack in self._stacks]
        if layout.shares:
            of_train = [number for number, stack in enumerate(self._stacks) if stack.split == "train"]
            labels = np.concatenate([self._labels[number] for number in of_train])
            names = np.array([SPLITS.index(split) for split in ("train", *layout.shares)], np.int8)
            drawn = names[drawn_splits.draw(labels, layout.shares, layout.seed)]
            ends = np.cumsum([len(splits[number]) for number in of_train])[:-1]
            for number, part in zip(of_train, np.split(drawn, ends)):
                splits[number] = part
        return splits


def _with_validation(stacks: list[Stack], layout: Layout) -> list[Stack]:
    """Return the arrays, with the test images as validation images if there are no others."""
    given = {stack.split for stack in stacks}
    for split in layout.shares:
        if split in given:
            raise LadderError(f"{split}_fraction: the data have {CALLED[split]} images; leave {split}_fraction out")
    if "valid" in given or "valid" in layout.shares:
        return stacks
    if "test" not in given:
        raise LadderError("no validation images; `valid_fraction: 0.2` of the dataset draws some from the others")
    return [replace(stack, split="valid") if stack.split == "test" else stack for stack in stacks]


def _one_shape(stacks: list[Stack], pixels: Pixels) -> tuple[int, ...]:
    """Return the shape of all images in the tensors."""
    size = pixels.size and pixels.size[::-1]
    shapes = [(*stack.shape[:-2], *(size or stack.shape[-2:])) for stack in stacks]
    shapes = [{"grey": shape[-2:], "rgb": (3, *shape[-2:])}.get(pixels.colour, shape) for shape in shapes]
    for stack, shape in zip(stacks, shapes):
        if shape != shapes[0]:
            both = f"{stacks[0].name} of {list(shapes[0])} and {stack.name} of {list(shape)}"
            raise LadderError(
                f"images of one shape are needed, but there are {both}; `image: {{size: ...}}` and `colour:` of the "
                "dataset make them alike"
            )
    return shapes[0]


def _cell(text: str) -> str:
    """Return a value as a cell of a CSV: in quotes if it needs them."""
    row = io.StringIO()
    csv.writer(row, lineterminator="").writerow([text])
    return row.getvalue()


def _codes(labels: np.ndarray, classes: list[str]) -> np.ndarray:
    values, inverse = np.unique(labels, return_inverse=True)
    codes = np.array([classes.index(str(value)) for value in values.tolist()], np.int64)
    return codes[inverse.ravel()]
