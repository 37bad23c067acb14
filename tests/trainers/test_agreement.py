"""The shipped trainers do the same in different ways: with the same optimizer they end at the same weights."""

import pytest
import torch

from ladder.training.batches import load_split

# Each of these is plain gradient descent.
WAYS = [
    {"trainer": "loop", "optimizer": "basic"},
    {"trainer": "own_learner", "optimizer": "sgd"},
    {"trainer": "own_learner", "optimizer": "basic"},
    {"trainer": "fastai_learner", "optimizer": "sgd"},
    {"trainer": "by_hand", "optimizer": "by_hand"},
]


@pytest.fixture(scope="module")
def real(tiny):
    return [load_split(path, 2, "cpu") for path in (tiny.train, tiny.valid)]


def assert_same(run, expected, **tolerance):
    torch.testing.assert_close(run.weights, expected.weights, **tolerance)
    assert len(run.history) == len(expected.history)
    for row, expected_row in zip(run.history, expected.history, strict=True):
        for key in ("epoch", "train_loss", "valid_loss", "accuracy"):
            assert row[key] == pytest.approx(expected_row[key], rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way.values()))
def test_every_way_of_plain_descent_ends_at_the_same_weights(trained, real, way, shuffle):
    common = {"splits": real, "epochs": 4, "shuffle": shuffle, "batch_size": 64}
    expected = trained(**common)
    assert expected.history[-1]["accuracy"] > 0.9
    assert_same(trained(**common, **way), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("loss", ["mse", "mse_sigmoid", "cross_entropy"])
def test_the_ways_agree_for_every_loss(trained, loss):
    common = {"epochs": 3, "lr": 0.05, "adapt": False, "loss": loss, "batch_size": 20}
    expected = trained(**common)
    for way in WAYS:
        assert_same(trained(**common, **way), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("settings", [{"class_weights": [3.0, 1.0]}, {"sampling": "balanced"}], ids=str)
def test_the_ways_agree_on_what_classes_of_unequal_sizes_count(trained, halves, settings):
    (images, targets, labels), valid = halves
    kept = torch.arange(len(labels)) >= 40  # 8 images of the first class, 48 of the second
    unequal = (images[kept], targets[kept], labels[kept]), valid
    common = {"splits": unequal, "epochs": 3, "lr": 0.05, "loss": "cross_entropy", "batch_size": 8, "shuffle": True}
    expected = trained(**common, **settings)
    assert not torch.allclose(trained(**common).weights["1.weight"], expected.weights["1.weight"])
    for way in WAYS:
        assert_same(trained(**common, **settings, **way), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("schedule", ["constant", "one_cycle"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_loop_and_own_learner_agree_with_any_optimizer(trained, optimizer, schedule):
    common = {"optimizer": optimizer, "schedule": schedule, "precision": "fp32", "batch_size": 16, "epochs": 3}
    loop, learner = (trained("cnn", **common, trainer=way) for way in ("loop", "own_learner"))
    assert_same(learner, loop, rtol=0, atol=0)
