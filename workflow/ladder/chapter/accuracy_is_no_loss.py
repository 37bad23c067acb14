"""Why accuracy is no loss: a weight that moves a little moves every loss, and no prediction."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from ladder import losses
from ladder.formats.tensors import Split
from ladder.training.batches import targets_of

LOSSES = {"mnist_loss": losses.mnist_loss, "mse": losses.mse}
POINTS = 241  # odd, so that the one in the middle is no nudge at all
# Half the width of the range of nudges, times the images. So a few dozen images change sides within it, of a thousand
# as of sixty thousand, and the single steps of the accuracy can be seen.
SPAN = 600.0


def experiment(train: str, means: np.ndarray, labels: np.ndarray, seed: int, factor: float) -> tuple[dict, list[dict]]:
    """Facts of a random linear model before and after single weights are multiplied by `factor`, and the sweep.

    The weights are the very first one and that of the most significant pixel, both of the first output; the sweep is of
    the latter. `means` [classes, ...] and `labels` [n] are those of the images of `train`.
    """
    classes, targets, shape = len(means), torch.from_numpy(labels), means.shape[1:]
    generator = torch.Generator().manual_seed(seed)
    weights, bias = random_model(means[0].size, 1 if classes == 2 else classes, generator)
    before = outputs_of(train, weights, bias)

    def nudge(where: tuple[int, ...]) -> dict:
        pixel = int(np.ravel_multi_index(where, shape))
        after = outputs_of(train, nudged(weights, pixel, factor), bias)
        return {
            "where": list(where),
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
    """Weights [pixels, outputs] and a bias [outputs] with standard deviation 1, as linear_by_hand starts."""
    weights = torch.randn(pixels, outputs, generator=generator, dtype=torch.float64)
    return weights, torch.randn(outputs, generator=generator, dtype=torch.float64)


def most_significant(means: np.ndarray, labels: np.ndarray) -> tuple[int, ...]:
    """Index of the pixel with the highest value in the mean of all training images, of the means of their classes."""
    counts = np.bincount(labels, minlength=len(means)).astype(np.float64)
    mean = np.tensordot(counts, means.astype(np.float64), 1)
    return tuple(int(i) for i in np.unravel_index(mean.argmax(), mean.shape))


def nudged(weights: Tensor, pixel: int, factor: float) -> Tensor:
    """The weights with one of them, that of a pixel and the first output, times `factor`."""
    changed = weights.clone()
    changed[pixel, 0] *= factor
    return changed


def outputs_of(path: str, weights: Tensor, bias: Tensor) -> Tensor:
    """Outputs [n, k] of a linear model on all images of a tensor file, in double precision."""
    return torch.cat([pixels @ weights + bias for pixels in _pixels(path)])


def values_of(path: str, pixel: int) -> Tensor:
    """One pixel of every image [n], in 0..1."""
    return torch.cat([pixels[:, pixel] for pixels in _pixels(path)])


def predicted(outputs: Tensor) -> Tensor:
    """Class of each image [n] by outputs [n, k]; of two classes there is one output, above 0 for the first."""
    return (outputs[:, 0] <= 0).long() if outputs.shape[1] == 1 else outputs.argmax(1)


def judge(outputs: Tensor, labels: Tensor, classes: int) -> dict[str, float]:
    """`right`: images taken for what they are; `accuracy`; and each loss."""
    right = int((predicted(outputs) == labels).sum())
    targets = targets_of(labels, classes).double()
    return {"right": right, "accuracy": right / len(labels)} | {
        name: loss(outputs, targets).item() for name, loss in LOSSES.items()
    }


def sweep(outputs: Tensor, values: Tensor, labels: Tensor, classes: int) -> list[dict]:
    """One row a nudge: what is added to the weight of a pixel with these `values` [n], and what comes of it."""
    rows, half = [], POINTS // 2
    for step in range(-half, half + 1):
        change = SPAN / len(labels) * step / half
        moved = outputs.clone()
        moved[:, 0] += change * values
        judged = judge(moved, labels, classes)
        rows.append({"change": change} | {name: judged[name] for name in ("accuracy", *LOSSES)})
    return rows


def _pixels(path: str) -> Iterator[Tensor]:
    # Some images at a time, as in double precision all of them might not fit.
    for images, _ in Split(path).chunks():
        yield torch.from_numpy(images).flatten(1).double() / 255
