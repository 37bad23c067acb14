"""What training makes of a recipe on the images at hand: their number, size and brightness decide it, by rules.

The rates of the chapter's linear models and of its small net are those of MNIST_SAMPLE: 784 pixels, most of them
black. A step of gradient descent grows with the square of the inputs. On larger or brighter images the same rate is
too large, and the loss grows without end. So is the book's start with a standard deviation of 1.

offset  Inputs are pixels in 0..1 less an offset: what their mean exceeds a fifth by. Else the mean image of bright data
        would outweigh all that tells their classes apart.
power   The mean squared length of an image, each image weighted by its own squared length: E|x|^4 / E|x|^2, where x has
        a 1 for the bias beside the pixels. One step on the squared distance of one image takes an error v of the
        weights to v - 2 lr (x v) x, whose squared length is |v|^2 - 4 lr (x v)^2 + 4 lr^2 (x v)^2 |x|^2. Over images,
        and over all directions of v, it shrinks where lr is below 1 / power. The power of MNIST_SAMPLE is 95.6, that
        of MNIST 100.3.
factor  2 to a whole power: the largest for which `factor * power` is at most 101. It is 1 for MNIST_SAMPLE and MNIST.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

BRIGHT = 51  # grey levels of 255: a mean above is taken off
POWER = 101.0  # for which the rates of the shipped recipes are
MOST_CLASSES = 10  # that add steps: a thousand classes would ask for hours
CHUNK = 4096  # images at a time


class Inputs(NamedTuple):
    """Training images as a model sees them: (pixels - offset) / 255, and the `power` of that."""

    offset: int
    power: float


def measure(images: Tensor) -> Inputs:
    """Offset and power of training images, uint8 [n, ...].

    The sums are of whole numbers in double precision, so they are the same in any order, up to the last of them.
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
    """What the rate of a recipe is multiplied by on these inputs: a power of two."""
    return 2.0 ** math.floor(math.log2(POWER / inputs.power))


def adapted(recipe: dict, inputs: Inputs, classes: int, steps_an_epoch: int) -> dict:
    """The recipe with the `lr`, the standard deviation `std` of a normal start, and the `epochs` that training uses.

    lr, std  Where the recipe says `adapt`, `lr` is multiplied by the factor; `std` is 1 for two classes and
             1 / (classes - 1) for more, since each output competes with all others, and smaller on larger inputs.
             With `up` a factor below 1 counts as 1. A hidden layer passes its inputs through small weights, so the
             rate of the chapter's net stays stable where that of a linear model does not: 0.1 reaches 0.95, 0.0063
             only 0.77 on colour images of 64x64 pixels, whose power is 1181.
             With `false` both are as written, and `std` is 1.
    epochs   Each epoch counts as at least `min_steps` steps, and `min_steps_per_class` for each class: where one pass
             over the images has fewer, there are so many more passes. Classes beyond the tenth add none.
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
