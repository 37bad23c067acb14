"""Losses by name: `loss(outputs, targets)`, averaged over images.

outputs  [n, k] floats, the outputs of the model; k is 1 for two classes, else the number of classes
targets  [n, k] floats, 1 for the image's own class and 0 for the other classes; with k = 1, 1 for the first class

A loss is summed over the k outputs, so that a learning rate means the same for ten classes as for two. A loss that
looks at each output by itself has k problems of one class against the rest. There the image's own class weighs as much
as all other classes together (`_weights`). Unweighted, ten outputs would all settle at 0, as nine in ten targets are 0.
"""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor


def _read_as(activation: str) -> Callable:
    """Return a decorator that states how the outputs of a model trained with a loss are read (formats/scores.py)."""

    def mark(loss: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
        loss.activation = activation
        return loss

    return mark


@_read_as("sigmoid")
def mnist_loss(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the distance of p, an output after a sigmoid, to its target (fastai's book, chapter 4).

    The distance is 1 - p for the right class and p for a wrong class. With k outputs there is one problem per output.
    """
    distances = (outputs.sigmoid() - targets).abs()
    return (distances if outputs.shape[1] == 1 else distances * _weights(targets)).sum() / len(targets)


@_read_as("identity")
def mse(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the squared distance of the outputs to the targets, without an activation."""
    return (outputs - targets).square().sum(1).mean()


@_read_as("sigmoid")
def mse_sigmoid(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the squared distance of the outputs after a sigmoid to the targets; the Brier score with two classes."""
    distances = (outputs.sigmoid() - targets).square()
    return (distances if outputs.shape[1] == 1 else distances * _weights(targets)).sum(1).mean()


@_read_as("softmax")
def cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the cross-entropy in nats. A single output z stands for the logits (z, 0): binary cross-entropy."""
    if outputs.shape[1] == 1:
        return F.binary_cross_entropy_with_logits(outputs, targets)
    return F.cross_entropy(outputs, targets)


def _weights(targets: Tensor) -> Tensor:
    """Return the weights [n, k] of one-hot targets: k - 1 for an image's own class, 1 for each other class."""
    return targets * (targets.shape[1] - 2) + 1
