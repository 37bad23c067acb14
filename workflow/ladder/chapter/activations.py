"""Sigmoid and ReLU: the two activation functions of this ladder."""

import torch

RANGE, POINTS = 6.0, 121


def curves() -> list[dict]:
    """Return a row a number `x`: its `sigmoid`, its `relu`, and the `slope` of the sigmoid at `x`, by autograd."""
    x = torch.linspace(-RANGE, RANGE, POINTS, dtype=torch.float64, requires_grad=True)
    sigmoid, relu = x.sigmoid(), x.relu()
    (slope,) = torch.autograd.grad(sigmoid.sum(), x)
    columns = {"x": x, "sigmoid": sigmoid, "relu": relu, "slope": slope}
    return [dict(zip(columns, row)) for row in zip(*(column.tolist() for column in columns.values()))]
