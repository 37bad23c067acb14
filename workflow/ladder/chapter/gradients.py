"""Slopes from autograd: nobody derives anything by hand."""

from collections.abc import Callable

import torch
from torch import Tensor


def square(x: Tensor) -> Tensor:
    """x squared, and of several numbers the sum of their squares. Its slope is 2x."""
    return x.square().sum()


def value_and_gradient(function: Callable[[Tensor], Tensor], at: float | list[float]) -> dict:
    """`value` of a function of one number or several, and its `gradient` there, by autograd."""
    x = torch.tensor(at, requires_grad=True)
    value = function(x)
    value.backward()
    return {"at": at, "value": value.item(), "gradient": x.grad.tolist()}
