"""Adapt a recipe to the training images by fixed rules: their number, size and brightness decide.

The learning rates of the chapter's linear models and of its small net were chosen for MNIST_SAMPLE: 784 pixels, most of
them black. A step of gradient descent grows with the square of the inputs. On larger or brighter images the same rate
is too large, and the loss grows without bound. The book's initial weights, with a standard deviation of 1, are then too
large as well.

offset  The inputs are pixels in 0..1 minus an offset. The offset is the excess of the pixels' mean over one fifth.
        Without it, the mean image of bright data would outweigh the differences between the classes.
power   The mean squared length of an image, each image weighted by its own squared length: E|x|^4 / E|x|^2, where x has
        a 1 for the bias beside the pixels. One step on the squared distance of one image takes an error v of the
        weights to v - 2 lr (x v) x, whose squared length is |v|^2 - 4 lr (x v)^2 + 4 lr^2 (x v)^2 |x|^2. Averaged over
        images and all directions of v, this length shrinks if lr is below 1 / power. The power of MNIST_SAMPLE is 95.6,
        the power of MNIST 100.3.
factor  The largest power of two for which `factor * power` is at most 101. The factor is 1 for MNIST_SAMPLE and MNIST.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

BRIGHT = 51  # grey level, of 255: the excess of the pixels' mean over it is subtracted
POWER = 101.0  # the highest power for which the shipped recipes keep their learning rates
MOST_CLASSES = 10  # most classes that add steps: a thousand classes would take hours
CHUNK = 4096  # images measured at a time


class Inputs(NamedTuple):
    """Measures of the training images: the `offset` in (pixels - offset) / 255, and the `power` of these inputs."""

    offset: int
    power: float


def measure(images: Tensor) -> Inputs:
    """Return the offset and the power of training images, uint8 [n, ...].

    All sums are exact, since they are sums of whole numbers. So the result does not depend on their order.
    """
    flat = images.flatten(1)
    mean = sum(int(part.sum(dtype=torch.int64)) for part in flat.split(CHUNK)) / flat.numel()
    offset = max(0, math.floor(mean) - BRIGHT)
    squares = fourths = 0
    for part in flat.split(CHUNK):
        lengths = (part.to(torch.int32) - offset).square().sum(1, dtype=torch.int64).add(255**2).tolist()
        squares += sum(lengths)
        fourths += sum(length * length for length in lengths)
    return Inputs(offset, fourths / squares / 255**2)


def factor(inputs: Inputs) -> float:
    """Return the factor of a recipe's learning rate on these inputs: a power of two."""
    return 2.0 ** math.floor(math.log2(POWER / inputs.power))


def adapted(recipe: dict, inputs: Inputs, classes: int, steps_an_epoch: int) -> dict:
    """Return the recipe with the `lr`, the `std` of normal initial weights, and the `epochs` that training uses.

    lr, std  With `adapt: true`, `lr` is multiplied by the factor. `std` is 1 for two classes and 1 / (classes - 1) for
             more, since each output competes with all others. A factor below 1 makes `std` smaller.
             With `adapt: up`, a factor below 1 counts as 1. A hidden layer passes its inputs through small weights, so
             the rate of the chapter's net stays stable where the rate of a linear model does not. On colour images of
             64x64 pixels, whose power is 1181, a rate of 0.1 reaches an accuracy of 0.95, and 0.0063 only 0.77.
             With `adapt: false`, `lr` is the recipe's, and `std` is 1.
    epochs   Each epoch counts as at least `min_steps` steps, and as `min_steps_per_class` steps for each class. Where
             one pass over the images has fewer steps, the passes are more. Classes beyond the tenth add no steps.
    """
    scale = factor(inputs) if recipe["adapt"] else 1.0
    if recipe["adapt"] == "up":
        scale = max(scale, 1.0)
    least = max(recipe["min_steps"], recipe["min_steps_per_class"] * min(classes, MOST_CLASSES))
    return recipe | {
        "lr": recipe["lr"] * scale,
        "std": math.sqrt(min(scale, 1.0)) / (classes - 1) if recipe["adapt"] else 1.0,
        "epochs": max(recipe["epochs"], -(-recipe["epochs"] * least // steps_an_epoch)),
    }
