"""The seven steps on three parameters: fit a parabola to the noisy speed of a ball that rolls over a hill."""

import torch
from torch import Tensor

SECONDS = 20
ROLLING_BALL = {"time": "float64", "speed": "float64"}
DESCENT = {"step": "int64", "loss": "float64", "a": "float64", "b": "float64", "c": "float64"}


def experiment(seed: int, lr: float, steps: int) -> tuple[dict, list[dict], list[dict]]:
    """Return the facts of one descent, the points (one row per second), and the progress (one row per step, from 0)."""
    generator = torch.Generator().manual_seed(seed)
    time, speed = measure(generator)
    progress = descend(time, speed, torch.randn(3, generator=generator), lr, steps)
    facts = {"seed": seed, "seconds": SECONDS, "lr": lr, "steps": steps, "least_loss": least_loss(time, speed)}
    points = [{"time": t, "speed": s} for t, s in zip(time.tolist(), speed.tolist())]
    return facts | {"first": progress[0], "last": progress[-1]}, points, progress


def measure(generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return times [20] in seconds, and the speed at each time: a parabola with noise (fastai's book, chapter 4)."""
    time = torch.arange(SECONDS, dtype=torch.float32)
    noise = torch.randn(SECONDS, generator=generator) * 3
    return time, noise + 0.75 * (time - 9.5) ** 2 + 1


def quadratic(time: Tensor, parameters: Tensor) -> Tensor:
    """Return a t^2 + b t + c for the parameters (a, b, c)."""
    a, b, c = parameters
    return a * time**2 + b * time + c


def mse(predictions: Tensor, targets: Tensor) -> Tensor:
    """Return the mean squared difference."""
    return (predictions - targets).square().mean()


def descend(time: Tensor, speed: Tensor, start: Tensor, lr: float, steps: int) -> list[dict]:
    """Repeat predict, loss, gradient, step for a number of `steps`.

    Returns one row per `step`: the `loss` and the parameters `a`, `b`, `c` before the step; and a last row for the end.
    """
    parameters = start.clone().requires_grad_()
    progress = []
    for step in range(steps + 1):
        loss = mse(quadratic(time, parameters), speed)
        progress.append({"step": step, "loss": loss.item()} | dict(zip("abc", parameters.tolist())))
        if step < steps:
            loss.backward()
            with torch.no_grad():
                parameters -= lr * parameters.grad
            parameters.grad = None
    return progress


def least_loss(time: Tensor, speed: Tensor) -> float:
    """Return the loss of the best parabola, by least squares: the lowest loss that the descent can reach."""
    powers = torch.stack([time**2, time, torch.ones_like(time)], dim=1).double()
    best = torch.linalg.lstsq(powers, speed.double()).solution
    return mse(powers @ best, speed.double()).item()
