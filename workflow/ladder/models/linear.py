"""`nn.Linear` on the pixels."""

import math

from torch import nn


def build(in_shape: tuple[int, int, int], n_outputs: int) -> nn.Module:
    """One weight a pixel and output, one bias an output."""
    return nn.Sequential(nn.Flatten(), nn.Linear(math.prod(in_shape), n_outputs))
