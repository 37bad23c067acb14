"""fastai's Learner: `fit` for a constant learning rate, `fit_one_cycle` for one_cycle."""

import time
import warnings
from functools import partial

# fastai 2.8 calls torch.jit.script as it is imported, of which torch 2.11 and later warn; nothing that a user can do.
warnings.filterwarnings("ignore", ".*torch.jit.script.*", FutureWarning)

import torch
from fastai.callback import progress, schedule  # noqa: F401 (they give Learner its no_bar and fit_one_cycle)
from fastai.callback.core import Callback
from fastai.data.core import DataLoaders
from fastai.learner import Learner
from fastai.optimizer import SGD, OptimWrapper
from fastai.torch_core import norm_bias_params, trainable_params
from torch import nn

from ladder import losses
from ladder.batches import Batches
from ladder.validation import Mean, accuracy

WEIGHT_DECAY = 0.01  # fastai's default for Adam


class EpochRecorder(Callback):
    """Means of the loss over the images of each pass, and the accuracy on the validation images.

    fastai's own Recorder smooths the training loss, which no other trainer here does.
    """

    order = 90  # after fastai's own

    def __init__(self, targets: torch.Tensor, on_epoch) -> None:
        self._targets, self._on_epoch = targets, on_epoch

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

    def after_epoch(self) -> None:
        right = accuracy(torch.cat(self._outputs), self._targets, self.learn.loss_func)
        seconds = time.perf_counter() - self._started
        self._on_epoch(self.learn.epoch, self._train_loss.value(), self._valid_loss.value(), right, seconds)


def adam(groups: list[list[nn.Parameter]], lr: float, weight_decay: float) -> OptimWrapper:
    """fastai's Adam by PyTorch's fused kernel; `groups` are the parameters that decay and those that do not.

    The formula is the same, and so are the constants (fastai.optimizer.Adam): it decays weights apart from the
    gradient, as AdamW does. fastai's own takes ten times as long, half of a step of a ResNet-18 on a CPU.
    """
    decays = zip(groups, (weight_decay, 0.0), strict=True)
    options = [{"params": parameters, "weight_decay": decay} for parameters, decay in decays]
    adamw = torch.optim.AdamW(options, lr=lr, betas=(0.9, 0.99), eps=1e-5, fused=True)
    return OptimWrapper(opt=adamw)


def decayed_and_others(model: nn.Module) -> list[list[nn.Parameter]]:
    """The weights, and what fastai does not decay: biases and the parameters of normalisations."""
    others = list(norm_bias_params(model))
    known = set(map(id, others))
    return [[parameter for parameter in trainable_params(model) if id(parameter) not in known], others]


def fit(model: nn.Module, train: Batches, valid: Batches, recipe: dict, on_epoch) -> None:
    """Train in place; `on_epoch(epoch, train_loss, valid_loss, accuracy, seconds)` is called after each epoch."""
    if recipe["optimizer"] == "sgd":
        optimizer = {"opt_func": SGD}
    else:
        decay = WEIGHT_DECAY if recipe["weight_decay"] is None else recipe["weight_decay"]
        optimizer = {"opt_func": partial(adam, weight_decay=decay), "splitter": decayed_and_others}
    learner = Learner(
        DataLoaders(train, valid, device=train.images.device),
        model,
        loss_func=getattr(losses, recipe["loss"]),
        cbs=EpochRecorder(valid.targets, on_epoch),
        **optimizer,
    )
    with learner.no_bar(), learner.no_logging():
        if recipe["schedule"] == "one_cycle":
            learner.fit_one_cycle(recipe["epochs"], recipe["lr"])
        else:
            learner.fit(recipe["epochs"], lr=recipe["lr"])
