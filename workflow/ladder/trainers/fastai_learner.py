"""Training by fastai's Learner: `fit` for a constant learning rate, `fit_one_cycle` for one_cycle."""
# ruff: noqa: E402 (a warning is silenced before the import that causes it)

import time
import warnings
from functools import partial

# fastai 2.8 calls torch.jit.script when it is imported. torch 2.11 and later warn about it; a user cannot help it.
warnings.filterwarnings("ignore", ".*torch.jit.script.*", FutureWarning)

import fastai.callback.schedule  # noqa: F401 (it gives Learner its fit_one_cycle)
import torch
from fastai.callback.core import Callback, TrainEvalCallback
from fastai.data.core import DataLoaders
from fastai.learner import Learner
from fastai.optimizer import SGD, Optimizer
from torch import nn

from ladder.training.batches import Batches
from ladder.training.optimizers import fused
from ladder.training.resume import Progress
from ladder.training.validation import Mean, accuracy
from ladder.training.weighted_loss import loss_of

OPTIMIZERS = ("sgd", "adam", "adamw")
SCHEDULES = ("constant", "one_cycle")
PRECISIONS = ("fp32", "bf16")
PACKAGES = ("fastai",)
WEIGHT_DECAY = 0.01  # fastai's default for Adam


class EpochRecorder(Callback):
    """Records the mean loss over the images of each pass, and the accuracy on the validation images.

    fastai's own Recorder smooths the training loss, which no other trainer here does.
    """

    order = 90  # runs after fastai's own callbacks

    def __init__(self, targets: torch.Tensor, record) -> None:
        self._targets, self._record = targets, record

    def before_epoch(self) -> None:
        self._started = time.perf_counter()
        self._train_loss, self._valid_loss, self._outputs = Mean(), Mean(), []

    def after_batch(self) -> None:
        learner = self.learn
        if learner.training:
            self._train_loss.add(learner.loss, len(learner.yb[0]))
        else:
            self._valid_loss.add(learner.loss, len(learner.yb[0]))
            self._outputs.append(learner.pred)

    # Not in after_epoch: fastai calls after_epoch for skipped epochs too.
    def after_validate(self) -> None:
        right = accuracy(torch.cat(self._outputs), self._targets, self.learn.loss_func)
        seconds = time.perf_counter() - self._started
        self._record(self.learn.epoch, self._train_loss.value(), self._valid_loss.value(), right, seconds)


class FusedAdam(Optimizer):
    """fastai's Adam by PyTorch's fused kernel, with the formula and constants of fastai.optimizer.Adam.

    Weight decay is apart from the gradient, as in AdamW, and skips the weights that fastai marks (biases,
    normalisations). fastai's own step takes ten times as long: half of the training time of a ResNet-18 on a CPU.
    """

    def __init__(self, parameters: list[nn.Parameter], lr: float, weight_decay: float) -> None:
        super().__init__(parameters, cbs=[], lr=lr, mom=0.9, sqr_mom=0.99, eps=1e-5, wd=weight_decay)

    def step(self) -> None:
        for parameters, hyper in zip(self.param_lists, self.hypers, strict=True):
            for decays in (True, False):
                chosen = [parameter for parameter in parameters if self.state[parameter].get("do_wd", True) == decays]
                if chosen:
                    self._step(chosen, hyper, hyper["wd"] if decays else 0.0)

    def _step(self, parameters: list[nn.Parameter], hyper: dict, weight_decay: float) -> None:
        states = [self.state[parameter] for parameter in parameters]
        for parameter, state in zip(parameters, states, strict=True):
            if "step" not in state:
                state["step"] = torch.zeros((), device=parameter.device)
                state["grad_avg"], state["sqr_avg"] = torch.zeros_like(parameter), torch.zeros_like(parameter)
        rows = zip(parameters, states, strict=True)
        rows = ((weight, weight.grad, kept["grad_avg"], kept["sqr_avg"]) for weight, kept in rows)
        betas = (hyper["mom"], hyper["sqr_mom"])
        with torch.no_grad():
            steps = [state["step"].add_(1) for state in states]
            fused(torch._fused_adamw_, rows, steps, hyper["lr"], betas, hyper["eps"], weight_decay)

    def zero_grad(self) -> None:
        for parameters in self.param_lists:
            for parameter in parameters:
                parameter.grad = None


def fit(model: nn.Module, train: Batches, valid: Batches, recipe: dict, seed: int, progress: Progress) -> None:
    """Train the model in place for the epochs that `progress` has left, and record each epoch there."""
    decay = WEIGHT_DECAY if recipe["weight_decay"] is None else recipe["weight_decay"]
    learner = Learner(
        DataLoaders(train, valid, device=train.images.device),
        model,
        loss_func=loss_of(recipe, train),
        opt_func=SGD if recipe["optimizer"] == "sgd" else partial(FusedAdam, weight_decay=decay),
        # These callbacks replace fastai's own, whose Recorder smooths the loss of each batch.
        default_cbs=False,
        cbs=[TrainEvalCallback(), EpochRecorder(valid.targets, progress.record)],
    )
    learner.create_opt()
    first = progress.epochs_left(optimizer=learner.opt).start
    if recipe["schedule"] == "one_cycle":
        learner.fit_one_cycle(recipe["epochs"], recipe["lr"], start_epoch=first)
    else:
        learner.fit(recipe["epochs"], lr=recipe["lr"], start_epoch=first)
