"""The history of a run: one row per epoch."""

import math
from collections.abc import Callable

from ladder.training.failures import Diverged

# The losses of a run that diverged may be NaN or infinite.
HISTORY = {
    "variant": "string",
    "seed": "int64",
    "epoch": "int64",
    "train_loss": "float64",
    "valid_loss": "float64",
    "accuracy": "float64",
    "seconds": "float64",
}


class History:
    """The history of one run: takes a row per epoch, prints a line, and ends the run where the loss is no number."""

    def __init__(self, variant: str, seed: int, recipe: dict, say: Callable[[str], None] = print) -> None:
        self._variant, self._seed, self._recipe, self._say = variant, seed, recipe, say
        self.rows: list[dict] = []
        self.epochs = recipe["epochs"]

    def continue_after(self, rows: list[dict]) -> None:
        """Begin with the rows of the epochs before a kill."""
        self.rows[:] = rows
        self._say(f"{self._variant} seed {self._seed}: continues at epoch {len(rows) + 1} of {self.epochs}")

    def record(self, epoch: int, train_loss: float, valid_loss: float, accuracy: float, seconds: float) -> None:
        """Add the row of an epoch, counted from 0. Raises Diverged for a loss that is NaN or infinite."""
        values = (self._variant, self._seed, epoch, train_loss, valid_loss, accuracy, seconds)
        self.rows.append(dict(zip(HISTORY, values, strict=True)))
        self._say(
            f"{self._variant} seed {self._seed} epoch {epoch + 1}/{self.epochs}: "
            f"train loss {train_loss:.4f}, valid loss {valid_loss:.4f}, accuracy {accuracy:.4f}, {seconds:.2f} s"
        )
        for loss in (train_loss, valid_loss):
            if not math.isfinite(loss):
                why = (
                    f"the loss is {loss} after epoch {epoch + 1} with learning rate {self._recipe['lr']:g}; "
                    f"try a smaller `lr` in variants.{self._variant}"
                )
                raise Diverged(self._variant, self._seed, why, self.rows)
