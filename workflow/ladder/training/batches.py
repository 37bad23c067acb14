"""Images of one split, kept on the device as uint8, and batches of them."""

from collections.abc import Iterator

import torch
from safetensors.torch import load_file
from torch import Tensor

from ladder.machine.memory import enough_for


class Batches:
    """The images of one split in batches (x, y): x [b, channels, height, width], y [b, k] targets, float32.

    x is (pixels - offset) / 255, with `offset` in grey levels (see adapt.py).

    With `shuffle` each pass has a new order, drawn from `seed`. A pass leaves out a last batch that is not full, unless
    it is the only batch: batch normalisation cannot learn from a single image. Without `shuffle` the images keep the
    order of the tensor file.

    With the sampling `balanced`, a shuffled pass draws as many images as there are, from all classes equally often. An
    image of a class is drawn again only when all others of the class are drawn.
    """

    def __init__(
        self,
        images: Tensor,
        targets: Tensor,
        batch_size: int,
        shuffle: bool = False,
        seed: int = 0,
        offset: int = 0,
        sampling: str = "as_is",
    ) -> None:
        self.images, self.targets = images, targets
        self.batch_size, self.shuffle, self.offset = batch_size, shuffle, offset
        self._by_class = [] if sampling == "as_is" else _by_class(labels_of(targets).cpu())
        # A separate generator, so that the order does not depend on other draws of random numbers.
        self._generator = torch.Generator().manual_seed(seed)

    def __len__(self) -> int:
        full, rest = divmod(len(self.images), self.batch_size)
        return full + (rest > 0 and not (self.shuffle and full > 0))

    def state_dict(self) -> dict[str, Tensor]:
        """Return the state that decides the order of later passes."""
        return {"generator": self._generator.get_state()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Continue with the orders of the object whose `state_dict` this is."""
        self._generator.set_state(state["generator"])

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        if self.shuffle:
            order = self._order()[: len(self) * self.batch_size]
            chosen = order.to(self.images.device).split(self.batch_size)
            # index_select, since indexing takes twenty times as long for bytes.
            batches = ((self.images.index_select(0, part), self.targets.index_select(0, part)) for part in chosen)
        else:
            batches = zip(self.images.split(self.batch_size), self.targets.split(self.batch_size))
        for images, targets in batches:
            pixels = images.float()
            if self.offset:
                pixels -= self.offset
            yield pixels.div_(255), targets

    def _order(self) -> Tensor:
        """Return the images of a shuffled pass in their order, int64 [n]."""
        order = self._shuffled(len(self.images))
        if not self._by_class:
            return order
        each, rest = divmod(len(self.images), len(self._by_class))
        drawn = [self._drawn(images, each + (place < rest)) for place, images in enumerate(self._by_class)]
        return torch.cat(drawn)[order]

    def _drawn(self, images: Tensor, count: int) -> Tensor:
        rounds = -(-count // len(images))
        return torch.cat([images[self._shuffled(len(images))] for _ in range(rounds)])[:count]

    def _shuffled(self, count: int) -> Tensor:
        return torch.randperm(count, generator=self._generator)


def load_split(path: str, classes: int, device: str) -> tuple[Tensor, Tensor, Tensor]:
    """Return the images [n, channels, height, width] uint8, targets [n, k] float32, labels [n] int64 of a file."""
    helps = "a device with more memory, such as `device: cpu`, or fewer jobs on one GPU (`jobs_per_gpu`)"
    with enough_for(f"{path}: the images, all of them on the device", helps):
        arrays = load_file(path, device=device)
    images, labels = arrays["images"], arrays["labels"]
    return images.unsqueeze(1) if images.ndim == 3 else images, targets_of(labels, classes), labels


def targets_of(labels: Tensor, classes: int) -> Tensor:
    """Return one-hot targets [n, k]; for two classes a single column, which is 1 for the first class."""
    one_hot = torch.nn.functional.one_hot(labels, classes).float()
    return one_hot[:, :1].contiguous() if classes == 2 else one_hot


def labels_of(targets: Tensor) -> Tensor:
    """Return the labels [n] int64 of targets [n, k], which `targets_of` made."""
    return targets.argmax(1) if targets.shape[1] > 1 else 1 - targets[:, 0].long()


def _by_class(labels: Tensor) -> list[Tensor]:
    """Return the places of the images of each class, int64."""
    counts = torch.bincount(labels)
    return [images for images in labels.argsort(stable=True).split(counts.tolist()) if len(images)]
