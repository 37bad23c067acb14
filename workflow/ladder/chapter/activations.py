"""Sigmoid and ReLU: the two activation functions of this ladder."""

import torch

RANGE, POINTS = 6.0, 121
ACTIVATIONS = {"x": "float64", "sigmoid": "float64", "relu": "float64", "slope": "float64"}


def curves() -> list[dict]:
    """Return one row per number `x`: its `sigmoid`, its `relu`, and the `slope` of the sigmoid at `x`, by autograd."""
    x = torch.linspace(-RANGE, RANGE, POINTS, dtype=torch.float64, requires_grad=True)
    sigmoid, relu = x.sigmoid(), x.relu()
    (slope,) = torch.autograd.grad(sigmoid.sum(), x)
    columns = (column.tolist() for column in (x, sigmoid, relu, slope))
    return [dict(zip(ACTIVATIONS, row, strict=True)) for row in zip(*columns, strict=True)]
