"""Stochastic gradient descent with nothing but a gradient: the chapter's first training loop."""

from torch import nn

from ladder.batches import Batches
from ladder.trainers.loop import run_epochs


def fit(model: nn.Module, train: Batches, valid: Batches, recipe: dict, on_epoch) -> None:
    """Train in place; `on_epoch(epoch, train_loss, valid_loss, accuracy, seconds)` is called after each epoch."""
    lr, weights = recipe["lr"], list(model.parameters())

    def update() -> None:
        for weight in weights:
            weight.data -= weight.grad * lr
            weight.grad.zero_()

    run_epochs(model, train, valid, recipe, update, on_epoch)
