"""Slopes of functions, computed by autograd."""

from collections.abc import Callable

import torch
from torch import Tensor


def square(x: Tensor) -> Tensor:
    """Return x squared, or the sum of the squares of several numbers. The slope is 2x."""
    return x.square().sum()


def value_and_gradient(function: Callable[[Tensor], Tensor], at: float | list[float]) -> dict:
    """Return the `value` and the `gradient` (by autograd) of a function at a number, or at several numbers."""
    x = torch.tensor(at, requires_grad=True)
    value = function(x)
    value.backward()
    return {"at": at, "value": value.item(), "gradient": x.grad.tolist()}
