"""A linear model written by hand, `xb @ weights + bias`: the chapter's linear1."""

import math

import torch
from torch import Tensor, nn

IDEA = "learning"
INPUTS_FIRST = True  # the matrix is [inputs, outputs]; PyTorch's layers have [outputs, inputs]


class LinearByHand(nn.Module):
    """Maps x [b, channels, height, width] to x @ weights + bias, [b, n_outputs]."""

    def __init__(self, pixels: int, n_outputs: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(pixels, n_outputs))
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, xb: Tensor) -> Tensor:
        return xb.flatten(1) @ self.weights + self.bias

    def plain_layers(self) -> list[nn.Module]:
        """Return layers of PyTorch that compute the same (export.py)."""
        linear = nn.Linear(*self.weights.shape)
        linear.load_state_dict({"weight": self.weights.detach().T, "bias": self.bias.detach()})
        return [nn.Flatten(), linear]


def build(in_shape: tuple[int, int, int], n_outputs: int) -> nn.Module:
    """Return the model with all weights 0; `init: normal` draws the chapter's initial weights."""
    return LinearByHand(math.prod(in_shape), n_outputs)
