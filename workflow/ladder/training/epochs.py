"""The training loop written out, for the trainers that differ in their update alone."""

import time
from collections.abc import Callable

from torch import nn

from ladder.training.batches import Batches
from ladder.training.resume import Progress
from ladder.training.validation import Mean, validate
from ladder.training.weighted_loss import loss_of


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
    criterion = loss_of(recipe, train)
    for epoch in progress.epochs_left(**parts):
        started, train_loss = time.perf_counter(), Mean()
        model.train()
        for xb, yb in train:
            loss = criterion(model(xb), yb)
            loss.backward()
            update()
            train_loss.add(loss, len(xb))
        valid_loss, accuracy = validate(model, valid, criterion)
        progress.record(epoch, train_loss.value(), valid_loss, accuracy, time.perf_counter() - started)
