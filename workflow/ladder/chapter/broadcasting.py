"""One expression for all images against a loop in Python: the same distances, at another price."""

import time
from collections.abc import Callable

import torch
from torch import Tensor

REPEATS = 5  # the fastest of them: whatever else a machine does only ever adds time
LOOPED = 16  # images that the loop over single pixels is given; it takes as long for each


def broadcast(images: Tensor, mean: Tensor) -> Tensor:
    """Mean absolute difference of each image [n, ...] to a mean image [...], which is stretched to all of them."""
    return (images - mean).abs().mean(tuple(range(1, images.ndim)))


def loop_over_images(images: Tensor, mean: Tensor) -> Tensor:
    """The same, an image at a time."""
    return torch.stack([(image - mean).abs().mean() for image in images])


def loop_over_pixels(images: Tensor, mean: Tensor) -> Tensor:
    """The same, a pixel at a time."""
    other, found = mean.flatten().tolist(), []
    for image in images.flatten(1).tolist():
        total = 0.0
        for pixel, expected in zip(image, other):
            total += abs(pixel - expected)
        found.append(total / len(other))
    return torch.tensor(found, dtype=mean.dtype)


def facts(images: Tensor, mean: Tensor) -> dict:
    """Shapes of the two, and the most that the three ways differ: rounding. Both are double precision."""
    whole = broadcast(images, mean)
    differences = [
        (loop_over_images(images, mean) - whole).abs().max(),
        (loop_over_pixels(images[:LOOPED], mean) - whole[:LOOPED]).abs().max(),
    ]
    return {
        "images": list(images.shape),
        "mean": list(mean.shape),
        "distances": list(whole.shape),
        "largest_difference": max(difference.item() for difference in differences),
    }


def timings(images: Tensor, mean: Tensor) -> dict[str, float]:
    """Microseconds an image of each of the three ways, the fastest of some repeats."""
    return {
        "broadcast": _microseconds(broadcast, images, mean),
        "loop_over_images": _microseconds(loop_over_images, images, mean),
        "loop_over_pixels": _microseconds(loop_over_pixels, images[:LOOPED], mean),
    }


def _microseconds(way: Callable[[Tensor, Tensor], Tensor], images: Tensor, mean: Tensor) -> float:
    way(images, mean)  # the first call also pays for what is set up once
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        way(images, mean)
        seconds.append(time.perf_counter() - started)
    return min(seconds) / len(images) * 1e6
