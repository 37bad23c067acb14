"""Marks, by hand: rungs that are no competitors."""

import numpy as np
import pytest
import torch

from ladder import losses
from ladder.evaluation import marks
from ladder.evaluation.tallies import Tally
from tests.evaluation.trainings import failures, history

HALVES = np.array([0.5, 0.5])
PLAIN = {"sampling": "as_is", "class_weights": "none"}


def rose(folder, *rows, loss="mse"):
    return marks.loss_rose(history(folder, *rows), [], {"line": PLAIN | {"loss": loss}}, HALVES, HALVES)


# --- Trainings that did not end.


def test_seeds_that_did_not_end_are_counted_of_all_that_were_started(tmp_path):
    files = failures(
        tmp_path,
        ["line", 3, "diverged", "the loss is nan"],
        ["line", 1, "diverged", "the loss is inf"],
        ["net", 0, "failed", "out of memory"],
    )
    reasons = marks.not_ended(files, {"line": 3, "other": 5})
    assert reasons == {
        "diverged": {"line": "diverged in 2 of 5 seeds: the loss is inf"},
        "failed": {"net": "failed: out of memory"},
    }


def test_of_a_rung_of_which_no_seed_ended_all_did_not(tmp_path):
    files = failures(tmp_path, ["line", 0, "diverged", "nan"], ["line", 1, "failed", "killed"])
    assert marks.not_ended(files, {}) == {
        "diverged": {"line": "diverged in 1 of 2 seeds: nan"},
        "failed": {"line": "failed in 1 of 2 seeds: killed"},
    }


def test_where_nothing_failed_no_rung_is_marked(tmp_path):
    assert marks.not_ended(failures(tmp_path), {"line": 5}) == {"diverged": {}, "failed": {}}


# --- One class for every image.


def tally(*predicted, classes=3):
    return Tally.of(np.zeros(len(predicted), np.int64), np.eye(classes)[list(predicted)])


def test_one_class_for_every_image_is_said_with_the_class_and_the_seeds():
    tallies = {
        "all": [tally(1, 1), tally(1, 1)],
        "some": [tally(0, 1), tally(2, 2), tally(0, 0)],
        "none": [tally(0, 1), tally(0, 2)],
        "once": [tally(0, 0)],
    }
    assert marks.one_class(tallies) == {
        "all": "gives every image the same class in all 2 seeds",
        "some": "gives every image the same class in 2 of 3 seeds",
        "once": "gives every image the same class",
    }


# --- A loss that ends above its start.


def test_a_training_loss_that_ends_above_that_of_the_first_epoch(tmp_path):
    rows = [
        ("line", seed, epoch, loss, 0.3)
        for seed, ends in ((0, (0.7, 0.2)), (1, (0.7, 90.0, 1298.0)))
        for epoch, loss in enumerate(ends)
    ]
    assert rose(tmp_path, *rows) == {
        "line": "its loss ends above its start in 1 of 2 seeds: in training from 0.7 in the first epoch to 1298 in the "
        "last (seed 1)"
    }


def test_what_lies_between_the_first_and_the_last_epoch_does_not_count(tmp_path):
    assert rose(tmp_path, ("line", 0, 0, 0.7, 9.0), ("line", 0, 1, 90.0, 9.0), ("line", 0, 2, 0.2, 9.0)) == {}


@pytest.mark.parametrize(("end", "marked"), [(0.7, False), (0.707, False), (0.7071, True)])
def test_a_rise_of_a_hundredth_is_noise(tmp_path, end, marked):
    assert bool(rose(tmp_path, ("line", 0, 0, 0.7, 0.1), ("line", 0, 1, end, 0.1))) == marked


def test_a_loss_of_ones_own_may_be_negative(tmp_path):
    assert rose(tmp_path, ("line", 0, 0, -0.7, 0.1), ("line", 0, 1, -0.701, 0.1), loss="mine") == {}
    assert rose(tmp_path, ("line", 0, 0, -0.7, 0.1), ("line", 0, 1, -0.6, 0.1), loss="mine")


@pytest.mark.parametrize(("loss", "of_shares"), [("mse", 0.25), ("mnist_loss", 0.5), ("cross_entropy", np.log(2))])
def test_one_epoch_is_held_against_saying_the_classes_shares(tmp_path, loss, of_shares):
    # The training loss is lower by far: the images for validation may be harder.
    assert rose(tmp_path, ("line", 0, 0, 0.001, 1.009 * of_shares), loss=loss) == {}
    assert rose(tmp_path, ("line", 0, 0, 0.001, 1.011 * of_shares), loss=loss)["line"] == (
        f"its loss ends above its start: after the one epoch {1.011 * of_shares:.4g} in validation, where predicting "
        f"the classes' shares gives {of_shares:.4g}"
    )


def test_a_seed_that_did_not_end_has_no_loss_at_its_end(tmp_path):
    rows = [
        ("line", seed, epoch, loss, 0.3) for seed in (0, 1, 2) for epoch, loss in enumerate((0.7, 9.0 - 4.4 * seed))
    ]
    ended = failures(tmp_path, ["line", 0, "diverged", "the loss is nan"])
    reasons = marks.loss_rose(history(tmp_path, *rows), ended, {"line": PLAIN | {"loss": "mse"}}, HALVES, HALVES)
    assert reasons["line"].startswith("its loss ends above its start in 1 of 2 seeds: ")
    assert reasons["line"].endswith(" to 4.6 in the last (seed 1)")


def test_of_a_loss_of_ones_own_and_one_epoch_nothing_is_said(tmp_path):
    assert rose(tmp_path, ("line", 0, 0, 0.1, 99.0), loss="mine") == {}


@pytest.mark.parametrize(
    ("settings", "start"),
    [
        ({}, -0.95 * np.log(0.95) - 0.05 * np.log(0.05)),
        ({"sampling": "balanced"}, np.log(2)),
        ({"class_weights": "balanced"}, np.log(2)),
        # 19 images of the second class weigh what one of the first does: half of all draws, as it were.
        ({"class_weights": [1.0, 19.0]}, np.log(2)),
        ({"sampling": "balanced", "class_weights": [3.0, 1.0]}, -0.95 * 1.5 * np.log(0.75) - 0.05 * 0.5 * np.log(0.25)),
    ],
)
def test_after_one_epoch_the_start_is_of_the_shares_that_training_counts(tmp_path, settings, start):
    shares, recipes = np.array([0.95, 0.05]), {"line": PLAIN | {"loss": "cross_entropy"} | settings}
    for factor, risen in ((1.005, False), (1.02, True)):
        file = history(tmp_path, ("line", 0, 0, 0.1, start * factor))
        assert bool(marks.loss_rose(file, [], recipes, shares, shares)) == risen


@pytest.mark.parametrize(("loss", "classes"), [(name, k) for name in marks.SHARES for k in (2, 3, 10)])
def test_the_loss_of_saying_the_shares_is_that_of_a_model_that_does(loss, classes):
    shares = np.random.default_rng(classes).dirichlet(np.ones(classes))
    function = getattr(losses, loss)
    said = torch.tensor(shares[:1] if classes == 2 else shares)
    if classes > 2 and function.activation == "sigmoid":
        # An image's own class weighs as much as all the others together.
        every = torch.eye(classes, dtype=torch.float64)
        own, rest = (losses._weights(every).diagonal() * said), 1 - said
        said = own / (own + rest)
    softmax = function.activation == "softmax" and classes > 2
    outputs = said if function.activation == "identity" else said.log() if softmax else said.logit()
    targets = torch.eye(classes, dtype=torch.float64)[:, : len(said)]
    computed = [function(outputs[None], target[None]).item() for target in targets]
    assert marks.SHARES[loss](shares) == pytest.approx(computed)


@pytest.mark.parametrize(("loss", "start"), [("cross_entropy", np.log(10)), ("mnist_loss", 9), ("mse_sigmoid", 4.5)])
def test_the_loss_of_saying_the_shares_is_where_an_untrained_model_starts(loss, start):
    outputs, targets = torch.zeros(10, 10), torch.eye(10)
    assert getattr(losses, loss)(outputs, targets).item() == pytest.approx(start)
    assert marks.SHARES[loss](np.full(10, 0.1)).mean() == pytest.approx(start)
