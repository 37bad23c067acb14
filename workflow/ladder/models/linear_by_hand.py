"""Weights, a bias, and `xb @ weights + bias`: the chapter's linear1."""

import math

import torch
from torch import Tensor, nn

INPUTS_FIRST = True  # of the matrix, which PyTorch's own layers have the other way round


class LinearByHand(nn.Module):
    """x [b, channels, height, width] to x @ weights + bias, [b, n_outputs]."""

    def __init__(self, pixels: int, n_outputs: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(pixels, n_outputs))
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, xb: Tensor) -> Tensor:
        return xb.flatten(1) @ self.weights + self.bias

    def plain_layers(self) -> list[nn.Module]:
        """Layers of PyTorch that compute the same (export.py)."""
        linear = nn.Linear(*self.weights.shape)
        linear.load_state_dict({"weight": self.weights.detach().T, "bias": self.bias.detach()})
        return [nn.Flatten(), linear]


def build(in_shape: tuple[int, int, int], n_outputs: int) -> nn.Module:
    """All zeros; `init: normal` gives the chapter's start."""
    return LinearByHand(math.prod(in_shape), n_outputs)
