"""Code that tests of resume points share: small recipes, and readers of a block's files."""

import csv

from tests.blocks import NAMES

NEVER = {"epochs": None, "minutes": None}
EACH = {"epochs": 1, "minutes": None}
EPOCHS = 5
COMMON = {"epochs": EPOCHS, "batch_size": 32}


def artifacts(folder):
    """Bytes of weights and scores, and the history without its seconds."""
    with open(folder / NAMES["history"], newline="") as file:
        history = [{key: value for key, value in row.items() if key != "seconds"} for row in csv.DictReader(file)]
    return (folder / NAMES["weights"]).read_bytes(), (folder / NAMES["scores"]).read_bytes(), history


def costs(folder):
    with open(folder / NAMES["costs"], newline="") as file:
        return list(csv.DictReader(file))
