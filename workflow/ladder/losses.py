"""Losses by name: `loss(outputs, targets)`, averaged over images.

outputs  [n, k] floats, what the model gives; k is 1 for two classes, else one a class
targets  [n, k] floats, 1 for the image's own class and 0 for the others; with k = 1, 1 for the first class

With k outputs a loss is summed over them, so that a learning rate means the same for ten classes as for two. A loss
that looks at each output by itself has k problems of one class against the rest. There an output's own class weighs as
much as all others together (`_weights`): else ten outputs would settle where all are 0, since nine of ten targets are.
"""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor


def _read_as(activation: str) -> Callable:
    """Say how the outputs of a model trained with this loss are read: see `formats/scores.py`."""

    def mark(loss: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
        loss.activation = activation
        return loss

    return mark


@_read_as("sigmoid")
def mnist_loss(outputs: Tensor, targets: Tensor) -> Tensor:
    """1 - p for the right class and p for a wrong one, p after a sigmoid (fastai's book, chapter 4).

    Both are the distance of p to its target. With k outputs that is one problem an output.
    """
    distances = (outputs.sigmoid() - targets).abs()
    return (distances if outputs.shape[1] == 1 else distances * _weights(targets)).sum() / len(targets)


@_read_as("identity")
def mse(outputs: Tensor, targets: Tensor) -> Tensor:
    """Squared distance of the outputs, as they are, to the targets."""
    return (outputs - targets).square().sum(1).mean()


@_read_as("sigmoid")
def mse_sigmoid(outputs: Tensor, targets: Tensor) -> Tensor:
    """Squared distance to the targets after a sigmoid (the Brier score, with two classes)."""
    distances = (outputs.sigmoid() - targets).square()
    return (distances if outputs.shape[1] == 1 else distances * _weights(targets)).sum(1).mean()


@_read_as("softmax")
def cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy in nats. One output z is the softmax over (z, 0), which is the binary cross-entropy."""
    if outputs.shape[1] == 1:
        return F.binary_cross_entropy_with_logits(outputs, targets)
    return F.cross_entropy(outputs, targets)


def _weights(targets: Tensor) -> Tensor:
    """Weights [n, k] of one-hot targets: k - 1 for an image's own class, 1 for each of the others."""
    return targets * (targets.shape[1] - 2) + 1
