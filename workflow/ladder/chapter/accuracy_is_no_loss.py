"""Why accuracy is no loss: a small change of a weight changes every loss, but no prediction."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from ladder import losses
from ladder.formats.tensors import Split
from ladder.training.batches import targets_of

LOSSES = {"mnist_loss": losses.mnist_loss, "mse": losses.mse}
NUDGES = {"change": "float64", "accuracy": "float64"} | dict.fromkeys(LOSSES, "float64")
POINTS = 241  # odd, so that the nudge in the middle is 0
# Half the width of the range of nudges, times the number of images. With this factor a few dozen images change sides
# within the range, for a thousand images as for sixty thousand, and single steps of the accuracy are visible.
SPAN = 600.0


def experiment(train: str, means: np.ndarray, labels: np.ndarray, seed: int, factor: float) -> tuple[dict, list[dict]]:
    """Return the facts of a random linear model before and after one weight is multiplied by `factor`, and the nudges.

    Two weights of the first output are multiplied in turn: the first pixel's and the most significant pixel's. The
    nudges change the second of these weights. `means` [classes, ...] and `labels` [n] belong to the images of `train`.
    """
    classes, targets, shape = len(means), torch.from_numpy(labels), means.shape[1:]
    generator = torch.Generator().manual_seed(seed)
    weights, bias = random_model(means[0].size, 1 if classes == 2 else classes, generator)
    before = outputs_of(train, weights, bias)

    def nudge(position: tuple[int, ...]) -> dict:
        pixel = int(np.ravel_multi_index(position, shape))
        after = outputs_of(train, nudged(weights, pixel, factor), bias)
        return {
            "where": list(position),
            "pixel_mean": values_of(train, pixel).mean().item(),
            "weight": weights[pixel, 0].item(),
            "outputs_moved": int((after != before).any(1).sum()),
            "predictions_changed": int((predicted(after) != predicted(before)).sum()),
        } | judge(after, targets, classes)

    significant = most_significant(means, labels)
    facts = {
        "seed": seed,
        "factor": factor,
        "images": len(labels),
        "outputs": before.shape[1],
        "before": judge(before, targets, classes),
        "after": [nudge((0,) * len(shape)), nudge(significant)],
    }
    values = values_of(train, int(np.ravel_multi_index(significant, shape)))
    return facts, sweep(before, values, targets, classes)


def random_model(pixels: int, outputs: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return weights [pixels, outputs] and a bias [outputs] with standard deviation 1, as linear_by_hand starts."""
    weights = torch.randn(pixels, outputs, generator=generator, dtype=torch.float64)
    return weights, torch.randn(outputs, generator=generator, dtype=torch.float64)


def most_significant(means: np.ndarray, labels: np.ndarray) -> tuple[int, ...]:
    """Return the index of the highest pixel in the mean of all training images, from the mean of each class."""
    counts = np.bincount(labels, minlength=len(means)).astype(np.float64)
    mean = np.tensordot(counts, means.astype(np.float64), 1)
    return tuple(int(i) for i in np.unravel_index(mean.argmax(), mean.shape))


def nudged(weights: Tensor, pixel: int, factor: float) -> Tensor:
    """Return the weights with the weight of one pixel and the first output multiplied by `factor`."""
    changed = weights.clone()
    changed[pixel, 0] *= factor
    return changed


def outputs_of(path: str, weights: Tensor, bias: Tensor) -> Tensor:
    """Return the outputs [n, k] of a linear model on all images of a tensor file, in double precision."""
    return torch.cat([pixels @ weights + bias for pixels in _pixels(path)])


def values_of(path: str, pixel: int) -> Tensor:
    """Return one pixel of every image of a tensor file, [n], in 0..1."""
    return torch.cat([pixels[:, pixel] for pixels in _pixels(path)])


def predicted(outputs: Tensor) -> Tensor:
    """Return the predicted class [n] for outputs [n, k]; a single output above 0 predicts the first of two classes."""
    return (outputs[:, 0] <= 0).long() if outputs.shape[1] == 1 else outputs.argmax(1)


def judge(outputs: Tensor, labels: Tensor, classes: int) -> dict[str, float]:
    """Return `right`, the number of images with a right prediction, the `accuracy`, and each loss."""
    right = int((predicted(outputs) == labels).sum())
    targets = targets_of(labels, classes).double()
    return {"right": right, "accuracy": right / len(labels)} | {
        name: loss(outputs, targets).item() for name, loss in LOSSES.items()
    }


def sweep(outputs: Tensor, values: Tensor, labels: Tensor, classes: int) -> list[dict]:
    """Return one row per nudge: the `change` of a pixel's weight, and the accuracy and losses that follow.

    values  the pixel in every image, [n]
    """
    rows, half = [], POINTS // 2
    for step in range(-half, half + 1):
        change = SPAN / len(labels) * step / half
        moved = outputs.clone()
        moved[:, 0] += change * values
        judged = judge(moved, labels, classes)
        rows.append({"change": change} | {name: judged[name] for name in ("accuracy", *LOSSES)})
    return rows


def _pixels(path: str) -> Iterator[Tensor]:
    # The images are read in chunks, since in double precision all of them might not fit into memory.
    for images, _ in Split(path).chunks():
        yield torch.from_numpy(images).flatten(1).double() / 255
