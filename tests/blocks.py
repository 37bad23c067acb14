"""Files of a block of seeds, as tests of training name and read them."""

import csv

from ladder.train import train_block

NAMES = {
    "weights": "w.safetensors",
    "history": "h.csv",
    "scores": "s.parquet",
    "costs": "c.csv",
    "failures": "f.csv",
}


def rows_of(path, without=()):
    with open(path, newline="") as file:
        return [{key: value for key, value in row.items() if key not in without} for row in csv.DictReader(file)]


SMALL = {
    "linear_scratch": {"epochs": 2, "batch_size": 32},
    "linear_mse": {"epochs": 2, "batch_size": 32},
    "mlp": {"epochs": 2, "batch_size": 32},
    "cnn": {"epochs": 1, "batch_size": 32},
}


def block_of(learnable, recipe, folder):
    """`block(variant, seeds, name, **changes)` trains in `folder` a small version of a shipped variant."""

    def block(variant, seeds, name="block", **changes):
        outputs = {kind: str(folder / name / file) for kind, file in NAMES.items()}
        shortened = recipe(variant, **SMALL[variant] | changes)
        train_block(variant, shortened, seeds, "cpu", learnable.train, learnable.valid, outputs)
        return folder / name

    return block
