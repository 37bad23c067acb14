"""Optimizers by name, for the trainers that are our own."""

from collections.abc import Iterable

import torch
from torch import nn


class BasicOptimizer:
    """The least that an optimizer needs: step, which moves against the gradient, and zero_grad (the chapter's own)."""

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float) -> None:
        self.parameters, self.lr = list(parameters), lr

    def step(self) -> None:
        for parameter in self.parameters:
            parameter.data -= parameter.grad.data * self.lr

    def zero_grad(self) -> None:
        for parameter in self.parameters:
            parameter.grad = None

    def state_dict(self) -> dict:
        """Nothing is kept from step to step."""
        return {}

    def load_state_dict(self, state: dict) -> None:
        """There is nothing to bring back."""


def build(name: str, parameters: Iterable[nn.Parameter], lr: float, weight_decay: float | None = None):
    """Return the optimizer of the config's `optimizer:`; `weight_decay` None is the optimizer's own default."""
    if name == "basic":
        return BasicOptimizer(parameters, lr)
    options = {} if weight_decay is None else {"weight_decay": weight_decay}
    if name == "sgd":
        # Left to choose, it asks at every step whether one kernel for all weights would pay; on a GPU it does.
        ours = list(parameters)
        return torch.optim.SGD(ours, lr=lr, foreach=ours[0].is_cuda)
    # One kernel for all of a step's arithmetic: a tenth of the time on a CPU.
    return {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[name](parameters, lr=lr, fused=True, **options)


def build_schedule(name: str, optimizer, lr: float, steps: int) -> torch.optim.lr_scheduler.LRScheduler | None:
    """Return what is stepped after each batch: PyTorch's OneCycleLR for one_cycle, nothing for constant."""
    if name == "constant":
        return None
    # As in fastai, the momentum of Adam goes down while the learning rate goes up; plain SGD has none.
    momentum = not isinstance(optimizer, torch.optim.SGD)
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=lr, total_steps=steps, cycle_momentum=momentum)
