"""Pixel similarity: an image belongs to the class whose mean image is nearest. Needs no training."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from ladder import scores, tables, tensors
from ladder.files import atomic
from ladder.memory import peak_megabytes

CHUNK = 1024  # images at a time: what is held in memory does not grow with the data


def l1(images: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Mean absolute difference of each image [n, ...] to one mean image [...]."""
    return np.abs(images - mean).mean(axis=tuple(range(1, images.ndim)))


def l2(images: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Root mean squared difference of each image [n, ...] to one mean image [...]."""
    return np.sqrt(np.square(images - mean).mean(axis=tuple(range(1, images.ndim))))


DISTANCES = {"pixel_l1": l1, "pixel_l2": l2}


def class_means(train: str, classes: int) -> np.ndarray:
    """Mean image of each class, float64 [classes, ...], pixels in 0..1."""
    sums, counts = 0, np.zeros(classes)
    for images, labels in chunks(train):
        # Sums of whole numbers are exact in double precision, in any order.
        members = np.eye(classes)[labels]
        sums = sums + np.tensordot(members.T, images.astype(np.float64), 1)
        counts += members.sum(0)
    return sums / counts.reshape(-1, *[1] * (sums.ndim - 1)) / 255


def similarity_scores(name: str, means: np.ndarray, valid: str) -> tuple[np.ndarray, np.ndarray]:
    """Labels [n] of the validation images and their scores [n, classes]: the distance to each mean, negated."""
    distance, found, seen = DISTANCES[name], [], []
    for images, labels in chunks(valid):
        pixels = images.astype(np.float64) / 255
        found.append(np.stack([-distance(pixels, mean) for mean in means], axis=1))
        seen.append(labels)
    return np.concatenate(seen), np.concatenate(found)


def write_baseline(
    names: list[str], train: str, valid: str, means: str, scored: dict[str, str], costs: dict[str, str]
) -> None:
    """Write the mean images, and for each of the named baselines its scores and what it cost.

    means   path: safetensors with `means` float32 [classes, ...], pixels in 0..1
    scored  baseline to path: scores as a model's (scores.py); with no seed to vary it is 0
    costs   baseline to path: a CSV of one row, as a model's
    """
    classes = tensors.metadata(train)["classes"]
    started = time.perf_counter()
    found = class_means(train, len(classes))
    seconds = time.perf_counter() - started
    with atomic(means) as partial:
        save_file({"means": found.astype(np.float32)}, partial)
    for name in names:
        started = time.perf_counter()
        labels, similarity = similarity_scores(name, found, valid)
        cost = {
            "variant": name,
            "seed": 0,
            "parameters": found.size,
            **dict.fromkeys(("epochs", "lr")),
            "train_seconds": seconds,
            "microseconds_per_image": (time.perf_counter() - started) / len(labels) * 1e6,
            "cpu_seconds": time.process_time(),
            "peak_megabytes": peak_megabytes(),
            "device": "cpu",
            **dict.fromkeys(("gpu", "driver", "peak_gpu_megabytes")),
        }
        scores.write(scored[name], classes, labels, {0: similarity}, probabilities=False)
        tables.write(costs[name], [cost])
        print(f"{name}: accuracy {np.mean(similarity.argmax(1) == labels):.4f} on {len(labels):,} validation images")


def chunks(path: str | Path) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Images uint8 [n, ...] and labels int64 [n] of a tensor file, some at a time."""
    with safe_open(path, "np") as file:
        images, labels = file.get_slice("images"), file.get_slice("labels")
        count = images.get_shape()[0]
        for first in range(0, count, CHUNK):
            last = min(first + CHUNK, count)
            yield images[first:last], labels[first:last]
