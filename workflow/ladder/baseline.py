"""Baselines: classifiers that need no training.

majority            predicts the most frequent class of the training images for every image
pixel_l1, pixel_l2  predict the class whose mean image is nearest
"""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from ladder.formats import scores, tables, tensors
from ladder.formats.files import atomic
from ladder.machine.memory import peak_megabytes

CHUNK = 1024  # images read at a time: memory use does not grow with the data


def l1(images: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return the mean absolute difference of each image [n, ...] to one mean image [...], as [n]."""
    return np.abs(images - mean).mean(axis=tuple(range(1, images.ndim)))


def l2(images: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return the root mean squared difference of each image [n, ...] to one mean image [...], as [n]."""
    return np.sqrt(np.square(images - mean).mean(axis=tuple(range(1, images.ndim))))


DISTANCES = {"pixel_l1": l1, "pixel_l2": l2}
MAJORITY = "majority"


def class_shares(train: str, classes: int) -> np.ndarray:
    """Return the share of each class among the training images, float64 [classes]."""
    counts = sum(np.bincount(labels, minlength=classes) for labels in label_chunks(train))
    return counts / counts.sum()


def majority_scores(shares: np.ndarray, valid: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels [n] and scores [n, classes] of the validation images: every image scores the class shares."""
    labels = np.concatenate(list(label_chunks(valid)))
    return labels, np.tile(shares, (len(labels), 1))


def class_means(train: str, classes: int) -> np.ndarray:
    """Return the mean image of each class, float64 [classes, ...], pixels in 0..1."""
    sums, counts = 0, np.zeros(classes)
    for images, labels in chunks(train):
        # Sums of whole numbers are exact in double precision, so their order does not matter.
        members = np.eye(classes)[labels]
        sums = sums + np.tensordot(members.T, images.astype(np.float64), 1)
        counts += members.sum(0)
    return sums / counts.reshape(-1, *[1] * (sums.ndim - 1)) / 255


def similarity_scores(name: str, means: np.ndarray, valid: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels [n] and scores [n, classes] of the validation images: the negated distance to each mean."""
    distance, found, seen = DISTANCES[name], [], []
    for images, labels in chunks(valid):
        pixels = images.astype(np.float64) / 255
        found.append(np.stack([-distance(pixels, mean) for mean in means], axis=1))
        seen.append(labels)
    return np.concatenate(seen), np.concatenate(found)


def write_baseline(
    names: list[str], train: str, valid: str, means: str, scored: dict[str, str], costs: dict[str, str]
) -> None:
    """Write the mean images, and the scores and costs of each baseline in `names`.

    The scores of `majority` are probabilities. Where several classes are the most frequent, it predicts the first of
    them, since a prediction is the first class with the highest score. The parameters of `majority` are the class
    shares; the parameters of the other baselines are the mean images.

    means   path: safetensors with `means` float32 [classes, ...], pixels in 0..1
    scored  baseline to path: scores in the format of a model's (formats/scores.py); the seed is 0
    costs   baseline to path: a CSV of one row, with the columns of a model's costs
    """
    classes = tensors.metadata(train)["classes"]
    started = time.perf_counter()
    shares = class_shares(train, len(classes))
    of_shares, started = time.perf_counter() - started, time.perf_counter()
    mean_images = class_means(train, len(classes))
    of_means = time.perf_counter() - started
    with atomic(means) as partial:
        save_file({"means": mean_images.astype(np.float32)}, partial)
    for name in names:
        learned, seconds = (shares, of_shares) if name == MAJORITY else (mean_images, of_means)
        started = time.perf_counter()
        if name == MAJORITY:
            labels, scored_images = majority_scores(shares, valid)
        else:
            labels, scored_images = similarity_scores(name, mean_images, valid)
        cost = {
            "variant": name,
            "seed": 0,
            "parameters": learned.size,
            **dict.fromkeys(("epochs", "lr")),
            "train_seconds": seconds,
            "microseconds_per_image": (time.perf_counter() - started) / len(labels) * 1e6,
            "cpu_seconds": time.process_time(),
            "peak_megabytes": peak_megabytes(),
            "device": "cpu",
            **dict.fromkeys(("gpu", "driver", "peak_gpu_megabytes")),
        }
        scores.write(scored[name], classes, labels, {0: scored_images}, probabilities=name == MAJORITY)
        tables.write(costs[name], [cost])
        print(f"{name}: accuracy {np.mean(scored_images.argmax(1) == labels):.4f} on {len(labels):,} validation images")


def chunks(path: str | Path) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the images uint8 [n, ...] and labels int64 [n] of a tensor file, CHUNK images at a time."""
    with safe_open(path, "np") as file:
        images, labels = file.get_slice("images"), file.get_slice("labels")
        count = images.get_shape()[0]
        for first in range(0, count, CHUNK):
            last = min(first + CHUNK, count)
            yield images[first:last], labels[first:last]


def label_chunks(path: str | Path) -> Iterator[np.ndarray]:
    """Yield the labels int64 [n] of a tensor file, CHUNK labels at a time."""
    with safe_open(path, "np") as file:
        labels = file.get_slice("labels")
        count = labels.get_shape()[0]
        for first in range(0, count, CHUNK):
            yield labels[first : min(first + CHUNK, count)]
