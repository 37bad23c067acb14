"""What training makes of a recipe on the images at hand: their number, size and brightness decide it, by rules.

The rates of the chapter's linear models and of its small net are those of MNIST_SAMPLE: 784 pixels, most of them black. A
step of gradient descent grows with the square of the inputs. On larger or brighter images the same rate is too large,
and the loss grows without end. So is the book's start with a standard deviation of 1.

offset  Inputs are pixels in 0..1 less an offset: what their mean exceeds a fifth by. Else the mean image of bright data
        would outweigh all that tells their classes apart.
power   The mean squared length of an image, each image weighted by its own squared length: E|x|^4 / E|x|^2. Gradient descent
        on the squared distance, an image at a time, is stable below a rate of 1 / power (Widrow's LMS rule, with the
        fourth moment in place of the second: Feuer and Weinstein, Convergence analysis of LMS filters with uncorrelated
        Gaussian data, 1985). It is 95 for MNIST_SAMPLE and 99 for MNIST.
factor  2 to a whole power: the largest for which `factor * power` is at most 100. It is 1 for MNIST_SAMPLE and MNIST.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

BRIGHT = 51  # grey levels of 255: a mean above is taken off
POWER = 100.0  # for which the rates of the shipped recipes are
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
    # In numbers of four bytes of which none is rounded: 255 times the pixels of a chunk of the largest images is below 2^63.
    mean = sum(int(part.sum(dtype=torch.int64)) for part in flat.split(CHUNK)) / flat.numel()
    offset = max(0, math.floor(mean) - BRIGHT)
    squares = fourths = 0
    for part in flat.split(CHUNK):
        lengths = (part.to(torch.int32) - offset).square().sum(1, dtype=torch.int64).tolist()
        squares += sum(lengths)
        fourths += sum(length * length for length in lengths)
    return Inputs(offset, fourths / squares / 255**2 if squares else POWER)


def factor(inputs: Inputs) -> float:
    """What the rate of a recipe is multiplied by on these inputs: a power of two."""
    return 2.0 ** math.floor(math.log2(POWER / inputs.power))


def adapted(recipe: dict, inputs: Inputs, classes: int, steps_an_epoch: int) -> dict:
    """The recipe with the `lr`, the standard deviation `std` of a normal start, and the `epochs` that training uses.

    lr, std  Where the recipe says `adapt`, `lr` is multiplied by the factor; `std` is 1 for two classes, 1 / (classes - 1)
             for more, since each output competes with all others, and smaller on inputs that are larger. Otherwise both
             are as written, and `std` is 1.
    epochs   As many more as are needed for `min_steps`, and for `min_steps_per_class` times the number of classes; classes
             beyond the tenth add no steps.
    """
    scale = factor(inputs) if recipe["adapt"] else 1.0
    least = max(recipe["min_steps"], recipe["min_steps_per_class"] * min(classes, MOST_CLASSES))
    return recipe | {
        "lr": recipe["lr"] * scale,
        "std": math.sqrt(min(scale, 1.0)) / (classes - 1) if recipe["adapt"] else 1.0,
        "epochs": max(recipe["epochs"], math.ceil(least / steps_an_epoch)),
    }
