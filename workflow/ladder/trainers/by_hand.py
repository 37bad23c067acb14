"""Stochastic gradient descent without an optimizer: the chapter's first training loop."""

import torch
from torch import nn

from ladder.training.batches import Batches
from ladder.training.epochs import run_epochs
from ladder.training.resume import Progress

OPTIMIZERS = ("by_hand",)
SCHEDULES = ("constant",)
PRECISIONS = ("fp32", "bf16")
PACKAGES = ()


def fit(model: nn.Module, train: Batches, valid: Batches, recipe: dict, seed: int, progress: Progress) -> None:
    """Train the model in place for the epochs that `progress` has left, and record each epoch there."""
    lr, weights = recipe["lr"], list(model.parameters())
    for weight in weights:
        # Every step leaves gradients of zeros, so a continued run starts with zeros too.
        weight.grad = torch.zeros_like(weight)

    def update() -> None:
        for weight in weights:
            weight.data -= weight.grad * lr
            weight.grad.zero_()

    run_epochs(model, train, valid, recipe, update, progress)
