"""The seven steps on three numbers: fit a parabola to the noisy speed of a ball that rolls over a hill."""

from dataclasses import dataclass

import torch
from torch import Tensor

SECONDS = 20


@dataclass(frozen=True)
class Descent:
    """The parameters (a, b, c) before each step and after the last, and the loss with them."""

    parameters: list[list[float]]
    losses: list[float]


def measure(generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Times [20] in seconds, and the speed at each: a parabola with noise (fastai's book, chapter 4)."""
    time = torch.arange(SECONDS, dtype=torch.float32)
    noise = torch.randn(SECONDS, generator=generator) * 3
    return time, noise + 0.75 * (time - 9.5) ** 2 + 1


def quadratic(time: Tensor, parameters: Tensor) -> Tensor:
    """a t^2 + b t + c."""
    a, b, c = parameters
    return a * time**2 + b * time + c


def mse(predictions: Tensor, targets: Tensor) -> Tensor:
    """Mean squared difference."""
    return (predictions - targets).square().mean()


def descend(time: Tensor, speed: Tensor, start: Tensor, lr: float, steps: int) -> Descent:
    """Predict, loss, gradient, step, so many times."""
    parameters = start.clone().requires_grad_()
    seen, losses = [], []
    for step in range(steps + 1):
        loss = mse(quadratic(time, parameters), speed)
        seen.append(parameters.tolist())
        losses.append(loss.item())
        if step < steps:
            loss.backward()
            with torch.no_grad():
                parameters -= lr * parameters.grad
            parameters.grad = None
    return Descent(seen, losses)


def least_loss(time: Tensor, speed: Tensor) -> float:
    """The loss of the best parabola there is, by least squares: what the descent could reach."""
    powers = torch.stack([time**2, time, torch.ones_like(time)], dim=1).double()
    best = torch.linalg.lstsq(powers, speed.double()).solution
    return mse(powers @ best, speed.double()).item()
