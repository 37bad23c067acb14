"""A net with one hidden layer: the chapter's simple_net."""

import math

from torch import nn

IDEA = "hidden"


def build(in_shape: tuple[int, int, int], n_outputs: int, hidden: int = 30) -> nn.Module:
    """Return a linear layer to `hidden` units, a ReLU, and a linear layer to the outputs."""
    return nn.Sequential(nn.Flatten(), nn.Linear(math.prod(in_shape), hidden), nn.ReLU(), nn.Linear(hidden, n_outputs))
