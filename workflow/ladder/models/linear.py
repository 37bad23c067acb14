"""A linear model: `nn.Linear` on the pixels."""

import math

from torch import nn

IDEA = "learning"


def build(in_shape: tuple[int, int, int], n_outputs: int) -> nn.Module:
    """Return a model with one weight for each pixel and output, and one bias for each output."""
    return nn.Sequential(nn.Flatten(), nn.Linear(math.prod(in_shape), n_outputs))
