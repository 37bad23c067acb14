"""Stochastic gradient descent with nothing but a gradient: the chapter's first training loop."""

import torch
from torch import nn

from ladder.trainers.loop import run_epochs
from ladder.training.batches import Batches
from ladder.training.resume import Progress


def fit(model: nn.Module, train: Batches, valid: Batches, recipe: dict, progress: Progress) -> None:
    """Train in place the epochs that `progress` has left, and tell it of each."""
    lr, weights = recipe["lr"], list(model.parameters())
    for weight in weights:
        # As every step leaves it: a run that continues finds what it would have found.
        weight.grad = torch.zeros_like(weight)

    def update() -> None:
        for weight in weights:
            weight.data -= weight.grad * lr
            weight.grad.zero_()

    run_epochs(model, train, valid, recipe, update, progress)
