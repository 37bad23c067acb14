"""Optimizers and schedules by name, for trainers without optimizers of their own.

The updates are computed by the kernels that PyTorch's optimizer classes call. The classes themselves are not used: they
import torch._dynamo, which takes most of a second, and spend a fifth of a small net's step on features that no trainer
here needs.
"""

import math
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

# Lists of these optimizers that the checks of a config read (config/recipes.py) without importing torch.
WITHOUT_SCHEDULE = ("basic",)  # has a constant learning rate
WITH_WEIGHT_DECAY = ("adam", "adamw")


class BasicOptimizer:
    """The chapter's minimal optimizer: `step` moves the parameters against the gradient, `zero_grad` clears it."""

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float) -> None:
        self.parameters, self.lr = list(parameters), lr

    def step(self) -> None:
        for parameter in self.parameters:
            parameter.data -= parameter.grad.data * self.lr

    def zero_grad(self) -> None:
        for parameter in self.parameters:
            parameter.grad = None

    def state_dict(self) -> dict:
        """Return the state kept from step to step, without the values that the schedule sets."""
        return {}

    def load_state_dict(self, state: dict) -> None:
        """Continue from the state of the optimizer whose `state_dict` this is."""


class SGD(BasicOptimizer):
    """PyTorch's SGD without momentum."""

    @torch.no_grad()
    def step(self) -> None:
        torch._foreach_add_(self.parameters, [parameter.grad for parameter in self.parameters], alpha=-self.lr)


class Adam(BasicOptimizer):
    """PyTorch's Adam or AdamW with the fused kernel, which takes a tenth of the time of separate kernels on a CPU.

    update        torch._fused_adam_ or torch._fused_adamw_
    weight_decay  None stands for the default of PyTorch's class: 0 for Adam, 0.01 for AdamW
    """

    def __init__(
        self, parameters: Iterable[nn.Parameter], lr: float, update: Callable, weight_decay: float | None
    ) -> None:
        super().__init__(parameters, lr)
        self._update, self.momentum = update, 0.9
        default = {torch._fused_adam_: 0.0, torch._fused_adamw_: 0.01}[update]
        self.weight_decay = default if weight_decay is None else weight_decay
        self._averages, self._squares = ([torch.zeros_like(each) for each in self.parameters] for _ in range(2))
        self._step = torch.zeros((), device=self.parameters[0].device)

    @torch.no_grad()
    def step(self) -> None:
        gradients = [parameter.grad for parameter in self.parameters]
        rows = zip(self.parameters, gradients, self._averages, self._squares)
        self._step += 1
        steps = [self._step] * len(gradients)
        betas = (self.momentum, 0.999)
        fused(self._update, rows, steps, self.lr, betas, eps=1e-8, weight_decay=self.weight_decay)

    def state_dict(self) -> dict:
        return {"averages": self._averages, "squares": self._squares, "step": [self._step]}

    def load_state_dict(self, state: dict) -> None:
        for name, tensors in self.state_dict().items():
            for tensor, saved in zip(tensors, state[name], strict=True):
                tensor.copy_(saved)


def fused(
    update: Callable,
    rows: Iterable[tuple[Tensor, Tensor, Tensor, Tensor]],
    steps: list[Tensor],
    lr: float,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
) -> None:
    """Do one step of Adam or AdamW by PyTorch's fused kernel, in place.

    update  torch._fused_adam_ or torch._fused_adamw_
    rows    each weight with its gradient and the running averages of the gradient and of the squared gradient
    steps   number of steps of each weight, this step included
    betas   decay rates of the two running averages
    """
    update(
        *map(list, zip(*(in_order_of_memory(*row) for row in rows))),
        max_exp_avg_sqs=[],
        state_steps=steps,
        amsgrad=False,
        maximize=False,
        beta1=betas[0],
        beta2=betas[1],
        lr=lr,
        weight_decay=weight_decay,
        eps=eps,
    )


def in_order_of_memory(*tensors: Tensor) -> list[Tensor]:
    """Return a weight, its gradient and its averages for PyTorch's fused kernels: as vectors, if not contiguous.

    The kernels would copy a tensor in another memory order, and their result is wrong if the four tensors have
    different orders.
    """
    if all(tensor.is_contiguous() for tensor in tensors):
        return list(tensors)
    assert len({tensor.stride() for tensor in tensors}) == 1
    return [tensor.as_strided((tensor.numel(),), (1,)) for tensor in tensors]


class OneCycle:
    """The one-cycle policy (https://arxiv.org/abs/1708.07120), equal to torch.optim.lr_scheduler.OneCycleLR.

    The learning rate rises from `lr` / 25 to `lr` in the first 0.3 of the steps, then falls to `lr` / 250,000. Adam's
    momentum goes from 0.95 to 0.85 and back meanwhile. Each rise or fall is half a cosine.
    """

    def __init__(self, optimizer: BasicOptimizer, lr: float, steps: int) -> None:
        self._optimizer, self._number = optimizer, 0
        self._top, self._end = 0.3 * steps - 1, steps - 1
        self._rates = lr / 25, lr, lr / 25 / 1e4
        self._set()

    def step(self) -> None:
        self._number += 1
        self._set()

    def _set(self) -> None:
        rises = self._number <= self._top
        done = self._number / self._top if rises else (self._number - self._top) / (self._end - self._top)
        self._optimizer.lr = _between(*(self._rates[:2] if rises else self._rates[1:]), done)
        if isinstance(self._optimizer, Adam):
            self._optimizer.momentum = _between(*((0.95, 0.85) if rises else (0.85, 0.95)), done)

    def state_dict(self) -> dict:
        """Return the number of steps done."""
        return {"number": self._number}

    def load_state_dict(self, state: dict) -> None:
        """Continue after the number of steps in `state`."""
        self._number = state["number"]
        self._set()


def _between(start: float, end: float, done: float) -> float:
    """Return the value on half a cosine from `start` to `end` after the share `done` in 0..1 of the way."""
    return end + (start - end) / 2 * (math.cos(math.pi * done) + 1)


def build(name: str, parameters: Iterable[nn.Parameter], lr: float, weight_decay: float | None = None):
    """Return the optimizer that the config's `optimizer:` names; `weight_decay` None is the optimizer's default."""
    if name in ("adam", "adamw"):
        update = torch._fused_adam_ if name == "adam" else torch._fused_adamw_
        return Adam(parameters, lr, update, weight_decay)
    return {"basic": BasicOptimizer, "sgd": SGD}[name](parameters, lr)


def build_schedule(name: str, optimizer: BasicOptimizer, lr: float, steps: int) -> OneCycle | None:
    """Return the schedule that the config's `schedule:` names, to step after each batch; None for constant."""
    return OneCycle(optimizer, lr, steps) if name == "one_cycle" else None
