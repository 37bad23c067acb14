"""The training loop written out, with an optimizer and a schedule."""

import time
from collections.abc import Callable

from torch import nn

from ladder.training import optimizers, weighted_loss
from ladder.training.batches import Batches
from ladder.training.resume import Progress
from ladder.training.validation import Mean, validate


def fit(model: nn.Module, train: Batches, valid: Batches, recipe: dict, progress: Progress) -> None:
    """Train the model in place for the epochs that `progress` has left, and record each epoch there."""
    optimizer = optimizers.build(recipe["optimizer"], model.parameters(), recipe["lr"], recipe["weight_decay"])
    steps = recipe["epochs"] * len(train)
    schedule = optimizers.build_schedule(recipe["schedule"], optimizer, recipe["lr"], steps)

    def update() -> None:
        optimizer.step()
        optimizer.zero_grad()
        if schedule is not None:
            schedule.step()

    run_epochs(model, train, valid, recipe, update, progress, optimizer=optimizer, schedule=schedule)


def run_epochs(
    model: nn.Module,
    train: Batches,
    valid: Batches,
    recipe: dict,
    update: Callable[[], None],
    progress: Progress,
    **parts,
) -> None:
    """Repeat predict, loss, gradient and `update` for every batch of every epoch; validate after each epoch.

    parts  objects that keep the state of `update`, the arguments of Progress.epochs_left
    """
    loss_of = weighted_loss.loss_of(recipe, train)
    for epoch in progress.epochs_left(**parts):
        started, train_loss = time.perf_counter(), Mean()
        model.train()
        for xb, yb in train:
            loss = loss_of(model(xb), yb)
            loss.backward()
            update()
            train_loss.add(loss, len(xb))
        valid_loss, accuracy = validate(model, valid, loss_of)
        progress.record(epoch, train_loss.value(), valid_loss, accuracy, time.perf_counter() - started)
