"""Losses by name: `loss(outputs, targets)`, averaged over images.

outputs  [n, k] floats, what the model gives; k is 1 for two classes, else one a class
targets  [n, k] floats, 1 for the image's own class and 0 for the others; with k = 1, 1 for the first class

With k outputs a loss is summed over them, so that a learning rate means the same for ten classes as for two.
"""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor


def _read_as(activation: str) -> Callable:
    """Say how the outputs of a model trained with this loss are read: see `scores.py`."""

    def mark(loss: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
        loss.activation = activation
        return loss

    return mark


@_read_as("sigmoid")
def mnist_loss(outputs: Tensor, targets: Tensor) -> Tensor:
    """1 - p for the right class and p for a wrong one, p after a sigmoid (fastai's book, chapter 4).

    Both are the distance of p to its target.
    """
    return (outputs.sigmoid() - targets).abs().sum() / len(targets)


@_read_as("identity")
def mse(outputs: Tensor, targets: Tensor) -> Tensor:
    """Squared distance of the outputs, as they are, to the targets."""
    return (outputs - targets).square().sum(1).mean()


@_read_as("sigmoid")
def mse_sigmoid(outputs: Tensor, targets: Tensor) -> Tensor:
    """Squared distance to the targets after a sigmoid (the Brier score, with two classes)."""
    return mse(outputs.sigmoid(), targets)


@_read_as("softmax")
def cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy in nats. One output z is the softmax over (z, 0), which is the binary cross-entropy."""
    if outputs.shape[1] == 1:
        return F.binary_cross_entropy_with_logits(outputs, targets)
    return F.cross_entropy(outputs, targets)
