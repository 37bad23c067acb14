"""Files of trainings, written by hand."""

import csv


def written(path, header, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def history(folder, *rows):
    """A history of rows (variant, seed, epoch, train_loss, valid_loss)."""
    return [
        written(
            folder / "history.csv",
            ["variant", "seed", "epoch", "train_loss", "valid_loss", "accuracy"],
            [(*row, 0.5) for row in rows],
        )
    ]


def failures(folder, *rows):
    return [written(folder / "failures.csv", ["variant", "seed", "kind", "why"], rows)]
