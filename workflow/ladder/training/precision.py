"""The precision in which a model computes. Weights, outputs and loss are float32 in every precision."""

import torch
from torch import Tensor, nn


class Autocast(nn.Module):
    """A model whose matrix products and convolutions are computed in bfloat16 (torch.autocast); outputs are float32.

    The loss and the optimizer's step stay outside of autocast, as PyTorch's notes on mixed precision advise. bfloat16
    has the range of float32, so gradients need no scaling.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, torch.bfloat16):
            outputs = self.model(x)
        return outputs.float()


def in_precision(model: nn.Module, precision: str) -> nn.Module:
    """Return a module that computes `model` in the recipe's `precision`, fp32 or bf16, and shares its weights."""
    return Autocast(model) if precision == "bf16" else model
