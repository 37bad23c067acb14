"""The training loop written out, with an optimizer and a schedule."""

from torch import nn

from ladder.training import optimizers
from ladder.training.batches import Batches
from ladder.training.epochs import run_epochs
from ladder.training.resume import Progress

OPTIMIZERS = ("basic", "sgd", "adam", "adamw")
SCHEDULES = ("constant", "one_cycle")
PRECISIONS = ("fp32", "bf16")
PACKAGES = ()


def fit(model: nn.Module, train: Batches, valid: Batches, recipe: dict, seed: int, progress: Progress) -> None:
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
