"""The training loop written out, with an optimizer that steps."""

import time
from collections.abc import Callable

from torch import nn

from ladder import losses, optimizers
from ladder.batches import Batches
from ladder.validation import Mean, validate


def fit(model: nn.Module, train: Batches, valid: Batches, recipe: dict, on_epoch) -> None:
    """Train in place; `on_epoch(epoch, train_loss, valid_loss, accuracy, seconds)` is called after each epoch."""
    optimizer = optimizers.build(recipe["optimizer"], model.parameters(), recipe["lr"], recipe["weight_decay"])
    steps = recipe["epochs"] * len(train)
    schedule = optimizers.build_schedule(recipe["schedule"], optimizer, recipe["lr"], steps)

    def update() -> None:
        optimizer.step()
        optimizer.zero_grad()
        if schedule is not None:
            schedule.step()

    run_epochs(model, train, valid, recipe, update, on_epoch)


def run_epochs(
    model: nn.Module, train: Batches, valid: Batches, recipe: dict, update: Callable[[], None], on_epoch
) -> None:
    """Predict, loss, gradient, `update`, for every batch of every epoch; validate after each epoch."""
    loss_of = getattr(losses, recipe["loss"])
    for epoch in range(recipe["epochs"]):
        started, train_loss = time.perf_counter(), Mean()
        model.train()
        for xb, yb in train:
            loss = loss_of(model(xb), yb)
            loss.backward()
            update()
            train_loss.add(loss, len(xb))
        valid_loss, accuracy = validate(model, valid, loss_of)
        on_epoch(epoch, train_loss.value(), valid_loss, accuracy, time.perf_counter() - started)
