"""The precision that a model computes in; its weights, its outputs and the loss are float32 in any."""

import torch
from torch import Tensor, nn


class Autocast(nn.Module):
    """A model whose products and convolutions are computed in bfloat16 (torch.autocast); outputs are float32.

    The loss and the optimizer's step are outside, as PyTorch's notes on mixed precision want it. bfloat16 has the range
    of float32, so that gradients need no scaling.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, torch.bfloat16):
            outputs = self.model(x)
        return outputs.float()


def in_precision(model: nn.Module, precision: str) -> nn.Module:
    """Return what computes as the recipe's `precision` says, fp32 or bf16, with the weights of `model`."""
    return Autocast(model) if precision == "bf16" else model
