"""One broadcast expression for all images against loops in Python: the same distances in different times."""

import time
from collections.abc import Callable

import torch
from torch import Tensor

REPEATS = 5  # the fastest repeat counts, since other work of the machine only adds time
LOOPED = 16  # images for the loop over pixels: its time per image does not depend on their number


def broadcast(images: Tensor, mean: Tensor) -> Tensor:
    """Return the mean absolute difference [n] of each image [n, ...] to a mean image [...], which is broadcast."""
    return (images - mean).abs().mean(tuple(range(1, images.ndim)))


def loop_over_images(images: Tensor, mean: Tensor) -> Tensor:
    """Return the result of `broadcast`, computed image by image."""
    return torch.stack([(image - mean).abs().mean() for image in images])


def loop_over_pixels(images: Tensor, mean: Tensor) -> Tensor:
    """Return the result of `broadcast`, computed pixel by pixel."""
    expected_pixels, distances = mean.flatten().tolist(), []
    for image in images.flatten(1).tolist():
        total = 0.0
        for pixel, expected in zip(image, expected_pixels):
            total += abs(pixel - expected)
        distances.append(total / len(expected_pixels))
    return torch.tensor(distances, dtype=mean.dtype)


def facts(images: Tensor, mean: Tensor) -> dict:
    """Return the shapes of the tensors, and the largest difference between the three ways, which is rounding.

    Both tensors are in double precision.
    """
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
    """Return the microseconds per image of each of the three ways, from the fastest of REPEATS."""
    return {
        "broadcast": _microseconds(broadcast, images, mean),
        "loop_over_images": _microseconds(loop_over_images, images, mean),
        "loop_over_pixels": _microseconds(loop_over_pixels, images[:LOOPED], mean),
    }


def _microseconds(way: Callable[[Tensor, Tensor], Tensor], images: Tensor, mean: Tensor) -> float:
    way(images, mean)  # not timed, since the first call also pays for one-time set-up
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        way(images, mean)
        seconds.append(time.perf_counter() - started)
    return min(seconds) / len(images) * 1e6
