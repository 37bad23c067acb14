"""The events of our own Learner."""

import torch

from ladder.trainers import own_learner
from ladder.training.batches import Batches

TRAINING = ["before_batch", "after_predict", "after_loss", "after_backward", "after_step", "after_batch"]
VALIDATING = ["before_batch", "after_predict", "after_loss", "after_batch"]
EVENTS = [
    *("before_fit", "before_epoch"),
    *("before_train", *TRAINING, *TRAINING, "after_train"),
    *("before_validate", *VALIDATING, "after_validate"),
    *("after_epoch", "after_fit"),
]


def test_events_are_told_in_the_documented_order(halves):
    class Listener(own_learner.Callback):
        def __init__(self):
            self.heard = []

        def __getattr__(self, name):
            if name.startswith(("before_", "after_")):
                return lambda: self.heard.append((name, self.learner.training))
            raise AttributeError(name)

    listener = Listener()
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 1))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    train, valid = (Batches(*split[:2], 48) for split in halves)
    learner = own_learner.Learner(model, train, valid, torch.nn.functional.mse_loss, optimizer, [listener])
    learner.training = None
    learner.fit(1)
    assert [name for name, _ in listener.heard] == EVENTS
    in_training = EVENTS.index("before_validate")
    assert {training for _, training in listener.heard[2:in_training]} == {True}
    assert {training for _, training in listener.heard[in_training:]} == {False}


def test_callbacks_are_called_in_their_order_and_know_the_learner(halves):
    heard = []

    class Named(own_learner.Callback):
        def __init__(self, name):
            self.name = name

        def after_epoch(self):
            heard.append((self.name, self.learner.epoch))

    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 1))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    train, valid = (Batches(*split[:2], 48) for split in halves)
    callbacks = [Named("first"), Named("second")]
    own_learner.Learner(model, train, valid, torch.nn.functional.mse_loss, optimizer, callbacks).fit(2)
    assert heard == [("first", 0), ("second", 0), ("first", 1), ("second", 1)]
