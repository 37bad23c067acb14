from importlib import import_module

import numpy as np
import pytest
import torch
from fastai.optimizer import Adam

from ladder.train import build_model
from ladder.trainers import fastai_learner, own_learner
from ladder.training.batches import Batches, load_split

pytestmark = pytest.mark.usefixtures("one_thread")

TRAINING = ["before_batch", "after_predict", "after_loss", "after_backward", "after_step", "after_batch"]
VALIDATING = ["before_batch", "after_predict", "after_loss", "after_batch"]
EVENTS = [
    *("before_fit", "before_epoch"),
    *("before_train", *TRAINING, *TRAINING, "after_train"),
    *("before_validate", *VALIDATING, "after_validate"),
    *("after_epoch", "after_fit"),
]


@pytest.fixture(scope="module")
def real(tiny):
    return [load_split(path, 2, "cpu") for path in (tiny.train, tiny.valid)]


@pytest.fixture(scope="module")
def halves(learnable):
    return [load_split(path, 2, "cpu") for path in (learnable.train, learnable.valid)]


class Listener:
    """What a trainer needs of a Progress."""

    def __init__(self, epochs):
        self.epochs, self.history = epochs, []

    def epochs_left(self, **_):
        return range(self.epochs)

    def record(self, *row):
        self.history.append(row[:-1])


def trained(splits, recipe):
    """Weights and history (without seconds) of a recipe, always from the same start and in the same order."""
    train, valid = splits
    torch.manual_seed(0)
    model = build_model(recipe, tuple(train[0].shape[1:]), train[1].shape[1])
    train_batches = Batches(*train[:2], recipe["batch_size"], recipe["shuffle"], seed=0, sampling=recipe["sampling"])
    listener = Listener(recipe["epochs"])
    fit = import_module(f"ladder.trainers.{recipe['trainer']}").fit
    fit(model, train_batches, Batches(*valid[:2], 256), recipe, listener)
    return model.state_dict(), listener.history


def assert_same(one, other, **tolerance):
    torch.testing.assert_close(one[0], other[0], **tolerance)
    assert len(one[1]) == len(other[1])
    for row, row_of_other in zip(*(of[1] for of in (one, other)), strict=True):
        assert row == pytest.approx(row_of_other, rel=1e-5, abs=1e-7)


WAYS = [
    {"trainer": "loop", "optimizer": "basic"},
    {"trainer": "own_learner", "optimizer": "sgd"},
    {"trainer": "own_learner", "optimizer": "basic"},
    {"trainer": "fastai_learner", "optimizer": "sgd"},
    {"trainer": "by_hand", "optimizer": "by_hand"},
]


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way.values()))
def test_every_way_of_plain_descent_ends_at_the_same_weights(real, recipe, way, shuffle):
    common = {"epochs": 4, "shuffle": shuffle, "batch_size": 64}
    expected = trained(real, recipe("linear_sgd", **common))
    assert expected[1][-1][-1] > 0.9
    assert_same(trained(real, recipe("linear_sgd", **common, **way)), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("loss", ["mse", "mse_sigmoid", "cross_entropy"])
def test_the_ways_agree_for_every_loss(halves, recipe, loss):
    common = {"epochs": 3, "lr": 0.05, "loss": loss, "batch_size": 20}
    expected = trained(halves, recipe("linear_sgd", **common))
    for way in WAYS:
        assert_same(trained(halves, recipe("linear_sgd", **common, **way)), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("settings", [{"class_weights": [3.0, 1.0]}, {"sampling": "balanced"}], ids=str)
def test_the_ways_agree_on_what_classes_of_unequal_sizes_count(halves, recipe, settings):
    (images, targets, labels), valid = halves
    some = torch.arange(len(labels)) >= 40  # 8 images of the first class, 48 of the second
    unequal = (images[some], targets[some], labels[some]), valid
    common = {"epochs": 3, "lr": 0.05, "loss": "cross_entropy", "batch_size": 8, "shuffle": True}
    expected = trained(unequal, recipe("linear_sgd", **common, **settings))
    assert not torch.allclose(trained(unequal, recipe("linear_sgd", **common))[0]["1.weight"], expected[0]["1.weight"])
    for way in WAYS:
        assert_same(trained(unequal, recipe("linear_sgd", **common, **settings, **way)), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("schedule", ["constant", "one_cycle"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_loop_and_own_learner_agree_with_any_optimizer(halves, recipe, optimizer, schedule):
    common = {"optimizer": optimizer, "schedule": schedule, "batch_size": 16, "epochs": 3}
    loop, learner = (trained(halves, recipe("cnn", **common, trainer=way)) for way in ("loop", "own_learner"))
    assert_same(learner, loop, rtol=0, atol=0)


def test_one_cycle_is_no_constant_rate(halves, recipe):
    for trainer in ("loop", "own_learner", "fastai_learner"):
        common = {"trainer": trainer, "optimizer": "adam", "loss": "cross_entropy", "batch_size": 16}
        constant, cycle = (
            trained(halves, recipe("linear_sgd", **common, lr=0.01, epochs=2, schedule=schedule))
            for schedule in ("constant", "one_cycle")
        )
        assert not torch.allclose(constant[0]["1.weight"], cycle[0]["1.weight"])


@pytest.mark.parametrize("trainer", ["loop", "own_learner", "fastai_learner"])
@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
def test_weight_decay_pulls_weights_to_zero(halves, recipe, trainer, optimizer):
    def length(decay):
        common = {"trainer": trainer, "optimizer": optimizer, "lr": 0.01, "batch_size": 16, "epochs": 5}
        weights, _ = trained(halves, recipe("linear_sgd", **common, weight_decay=decay))
        return weights["1.weight"].norm().item()

    assert length(0.5) < 0.98 * length(0.0)


def test_fastais_own_weight_decay_is_a_hundredth(halves, recipe):
    def weights(decay):
        common = {"trainer": "fastai_learner", "optimizer": "adamw", "lr": 0.01, "batch_size": 16, "epochs": 3}
        return trained(halves, recipe("linear_sgd", **common, weight_decay=decay))[0]["1.weight"]

    assert torch.equal(weights(None), weights(0.01))
    assert not torch.equal(weights(None), weights(0.0))


@pytest.mark.parametrize("trainer", ["by_hand", "loop", "own_learner", "fastai_learner"])
def test_epochs_are_told_one_by_one(halves, recipe, trainer):
    optimizer = "by_hand" if trainer == "by_hand" else "sgd"
    _, history = trained(halves, recipe("linear_sgd", trainer=trainer, optimizer=optimizer, epochs=5, batch_size=16))
    assert [row[0] for row in history] == [0, 1, 2, 3, 4]
    assert history[-1][1] < history[0][1]
    assert history[-1][-1] == 1


@pytest.mark.parametrize("trainer", ["by_hand", "loop", "own_learner", "fastai_learner"])
def test_the_numbers_of_an_epoch_are_means_over_images(halves, recipe, trainer):
    # A learning rate of almost nothing leaves the start as it is: 96 images in batches of 50 and 46.
    optimizer = "by_hand" if trainer == "by_hand" else "sgd"
    common = {"trainer": trainer, "optimizer": optimizer, "lr": 1e-12, "epochs": 1, "batch_size": 50, "loss": "mse"}
    weights, history = trained(halves, recipe("linear_sgd", **common))

    def outputs_of(images):
        return images.flatten(1) / 255 @ weights["1.weight"].T + weights["1.bias"]

    (train_images, train_targets, _), (valid_images, valid_targets, _) = halves
    outputs = outputs_of(valid_images)
    assert history == [
        (
            0,
            pytest.approx((outputs_of(train_images) - train_targets).square().mean().item(), rel=1e-5),
            pytest.approx((outputs - valid_targets).square().mean().item(), rel=1e-5),
            pytest.approx(((outputs > 0.5) == (valid_targets == 1)).float().mean().item()),
        )
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


@pytest.mark.parametrize("schedule", ["constant", "one_cycle"])
def test_the_fused_adam_is_fastais_own(halves, recipe, monkeypatch, schedule):
    common = {"trainer": "fastai_learner", "optimizer": "adam", "schedule": schedule, "batch_size": 8, "epochs": 1}
    ours = trained(halves, recipe("cnn", **common, weight_decay=0.3))
    monkeypatch.setattr(
        fastai_learner, "FusedAdam", lambda parameters, lr, weight_decay: Adam(parameters, lr=lr, wd=weight_decay)
    )
    assert_same(ours, trained(halves, recipe("cnn", **common, weight_decay=0.3)), rtol=1e-3, atol=1e-4)


def test_how_weights_lie_in_memory_decides_no_step_of_the_fused_adam():
    def stepped(order):
        random = torch.Generator().manual_seed(0)
        start, *gradients = (torch.randn(4, 3, 2, 2, generator=random) for _ in range(4))
        weight = torch.nn.Parameter(start.permute(order).contiguous().permute(*np.argsort(order)))
        optimizer = fastai_learner.FusedAdam([weight], lr=0.1, weight_decay=0.1)
        for gradient in gradients:
            weight.grad = torch.empty_like(weight).copy_(gradient)
            optimizer.step()
        assert weight.is_contiguous() == (order == (0, 1, 2, 3))
        return weight.detach()

    assert torch.equal(stepped((2, 3, 0, 1)), stepped((0, 1, 2, 3)))
