"""Runs of small models by any trainer."""

import pytest

from ladder.train import train_one
from ladder.training.batches import load_split


@pytest.fixture(autouse=True)
def on_one_thread(one_thread):
    """One thread, since the number of threads decides the last bits."""


@pytest.fixture(scope="session")
def halves(learnable):
    """Tensors of the two splits of `learnable`."""
    return [load_split(path, 2, "cpu") for path in (learnable.train, learnable.valid)]


@pytest.fixture
def trained(halves, recipe):
    """`trained(variant="linear_sgd", seed=0, splits=halves, points=None, say=str, **changes)`: a variant's run."""

    def trained(variant="linear_sgd", seed=0, splits=halves, points=None, say=str, **changes):
        return train_one(variant, recipe(variant, **changes), seed, *splits, say=say, points=points)

    return trained
