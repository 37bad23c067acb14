"""A Learner written from scratch: a loop that announces events, and callbacks that act on them.

The chapter's further research asks for such a Learner. The events are fastai's
(https://docs.fast.ai/callback.core.html). The loop contains the training step; callbacks record its results and move
the learning rate.
"""

import time

import torch
from torch import nn

from ladder.training import optimizers, weighted_loss
from ladder.training.batches import Batches
from ladder.training.resume import Progress
from ladder.training.validation import Mean, accuracy

OPTIMIZERS = ("basic", "sgd", "adam", "adamw")
SCHEDULES = ("constant", "one_cycle")
PRECISIONS = ("fp32", "bf16")
PACKAGES = ()


class Callback:
    """A base class: at an event, the Learner calls the method with the event's name. The Learner sets `learner`."""

    learner: "Learner"


class Learner:
    """Trains a model with its data, a loss, an optimizer, and callbacks, which are called in their order."""

    def __init__(self, model: nn.Module, train: Batches, valid: Batches, loss, optimizer, callbacks: list[Callback]):
        self.model, self.train, self.valid = model, train, valid
        self.loss_of, self.optimizer, self.callbacks = loss, optimizer, callbacks
        for callback in callbacks:
            callback.learner = self

    def fit(self, epochs: int, start_epoch: int = 0) -> None:
        self._tell("before_fit")
        for self.epoch in range(start_epoch, epochs):
            self._tell("before_epoch")
            self._pass(self.train, training=True)
            with torch.no_grad():
                self._pass(self.valid, training=False)
            self._tell("after_epoch")
        self._tell("after_fit")

    def _pass(self, batches: Batches, training: bool) -> None:
        self.training = training
        self.model.train(training)
        self._tell("before_train" if training else "before_validate")
        for self.xb, self.yb in batches:
            self._one_batch()
        self._tell("after_train" if training else "after_validate")

    def _one_batch(self) -> None:
        self._tell("before_batch")
        self.outputs = self.model(self.xb)
        self._tell("after_predict")
        self.loss = self.loss_of(self.outputs, self.yb)
        self._tell("after_loss")
        if self.training:
            self.loss.backward()
            self._tell("after_backward")
            self.optimizer.step()
            self._tell("after_step")
            self.optimizer.zero_grad()
        self._tell("after_batch")

    def _tell(self, event: str) -> None:
        for callback in self.callbacks:
            method = getattr(callback, event, None)
            if method is not None:
                method()


class Scheduler(Callback):
    """Moves the learning rate after each step."""

    def __init__(self, schedule) -> None:
        self._schedule = schedule

    def after_step(self) -> None:
        self._schedule.step()


class Recorder(Callback):
    """Records the mean loss over the images of each pass, and the accuracy on the validation images."""

    def before_epoch(self) -> None:
        self._started = time.perf_counter()

    def before_train(self) -> None:
        self.train_loss = Mean()

    def before_validate(self) -> None:
        self.valid_loss, self._outputs = Mean(), []

    def after_batch(self) -> None:
        seen = self.learner
        if seen.training:
            self.train_loss.add(seen.loss, len(seen.xb))
        else:
            self.valid_loss.add(seen.loss, len(seen.xb))
            self._outputs.append(seen.outputs)

    def after_validate(self) -> None:
        self.accuracy = accuracy(torch.cat(self._outputs), self.learner.valid.targets, self.learner.loss_of)

    def after_epoch(self) -> None:
        self.seconds = time.perf_counter() - self._started


class Reporter(Callback):
    """Passes the numbers of each epoch to the function `record`."""

    def __init__(self, recorder: Recorder, record) -> None:
        self._recorder, self._record = recorder, record

    def after_epoch(self) -> None:
        seen = self._recorder
        losses_seen = seen.train_loss.value(), seen.valid_loss.value()
        self._record(self.learner.epoch, *losses_seen, seen.accuracy, seen.seconds)


def fit(model: nn.Module, train: Batches, valid: Batches, recipe: dict, seed: int, progress: Progress) -> None:
    """Train the model in place for the epochs that `progress` has left, and record each epoch there."""
    optimizer = optimizers.build(recipe["optimizer"], model.parameters(), recipe["lr"], recipe["weight_decay"])
    recorder = Recorder()
    callbacks: list[Callback] = [recorder, Reporter(recorder, progress.record)]
    steps = recipe["epochs"] * len(train)
    schedule = optimizers.build_schedule(recipe["schedule"], optimizer, recipe["lr"], steps)
    if schedule is not None:
        callbacks.append(Scheduler(schedule))
    learner = Learner(model, train, valid, weighted_loss.loss_of(recipe, train), optimizer, callbacks)
    learner.fit(recipe["epochs"], progress.epochs_left(optimizer=optimizer, schedule=schedule).start)
