"""Every file of workflow/ladder/trainers/ is a trainer, as docs/models.md says. So is a file of your own."""

import ast
import random
import sys
from importlib import metadata
from itertools import combinations, product

import numpy as np
import pytest
import torch

from ladder.config import contracts, recipes
from ladder.provenance import declared, software, source_code
from ladder.training import adapt
from ladder.training.failures import Diverged
from ladder.training.resume import Keeper

TRAINERS = source_code.modules("trainers")
EPOCHS = 4
LEARNS = {"epochs": EPOCHS, "batch_size": 16, "shuffle": True, "adapt": False, "lr": 0.05, "loss": "cross_entropy"}


def ways(**fixed):
    """Settings of every way to train that the config allows: trainer, optimizer, schedule and precision."""
    for trainer in TRAINERS:
        lists = (declared.words(f"trainers.{trainer}", constant) for constant in recipes.KNOWN.values())
        for settings in product(*lists):
            way = {"trainer": trainer, "weight_decay": None, **dict(zip(recipes.KNOWN, settings, strict=True)), **fixed}
            if not list(recipes.problems(way)):
                yield way


def name(way):
    return "-".join(filter(None, (way[key] for key in ("trainer", *recipes.KNOWN))))


WAYS = list(ways())
every_way = pytest.mark.parametrize("way", WAYS, ids=name)
one_way_of_each = pytest.mark.parametrize(
    "way", {way["trainer"]: way for way in reversed(WAYS)}.values(), ids=lambda way: way["trainer"]
)


def numbers(run):
    """The history of a run without its seconds."""
    return [[row[key] for key in ("epoch", "train_loss", "valid_loss", "accuracy")] for row in run.history]


def assert_same(run, expected):
    assert numbers(run) == numbers(expected)
    assert run.weights.keys() == expected.weights.keys()
    for key, weight in run.weights.items():
        assert torch.equal(weight, expected.weights[key]), key


@pytest.mark.parametrize("trainer", TRAINERS)
def test_its_file_has_what_a_trainer_has(trainer):
    assert list(contracts.of_trainer(trainer)) == []
    assert {way["trainer"] for way in WAYS} >= {trainer}


@pytest.mark.parametrize("trainer", TRAINERS)
def test_its_packages_are_those_whose_versions_no_other_file_tells(trainer):
    imported = set()
    for node in ast.walk(ast.parse((source_code.LIBRARY / f"trainers/{trainer}.py").read_bytes())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module.partition(".")[0])
    packages = metadata.packages_distributions()
    third_party = {packages[name][0] for name in imported - set(sys.stdlib_module_names) - {"ladder"}}
    assert third_party - set(software.PACKAGES) == set(declared.words(f"trainers.{trainer}", "PACKAGES"))
    assert third_party <= software.versions().keys()


@every_way
def test_it_learns_and_records_each_epoch(trained, way):
    run = trained(**LEARNS | way)
    assert [row["epoch"] for row in run.history] == list(range(EPOCHS))
    assert run.history[-1]["train_loss"] < run.history[0]["train_loss"]
    assert run.history[-1]["accuracy"] > 0.9
    assert {weight.dtype for weight in run.weights.values()} == {torch.float32}


@every_way
def test_the_seed_decides_a_run_and_nothing_else_does(trained, way):
    run = trained(seed=3, **LEARNS | way)
    random.seed(99), np.random.seed(99), torch.manual_seed(99)
    assert_same(trained(seed=3, **LEARNS | way), run)
    assert numbers(trained(seed=4, **LEARNS | way)) != numbers(run)


@every_way
def test_a_run_that_is_stopped_and_goes_on_ends_as_one_that_is_not(trained, learnable, recipe, tmp_path, way):
    def points():
        keeper = Keeper({"epochs": 1, "minutes": None}, "code")
        settings = recipe("linear_sgd", **LEARNS | way)
        return keeper.points(tmp_path, "linear_sgd", settings, "cpu", [learnable.train, learnable.valid])

    def stop(line):
        if f"epoch 3/{EPOCHS}" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(points=points(), say=stop, **LEARNS | way)
    assert_same(trained(points=points(), **LEARNS | way), trained(**LEARNS | way))


@one_way_of_each
def test_what_ends_a_run_comes_out_as_it_is(trained, way):
    error = Diverged("v", 0, "the loss is nan", [{"epoch": 0}])

    def say(_):
        raise error

    with pytest.raises(Diverged) as caught:
        trained(say=say, **LEARNS | way)
    assert caught.value is error
    assert (str(error), error.history) == (str(Diverged("v", 0, "the loss is nan", [])), [{"epoch": 0}])


@pytest.mark.parametrize("loss", source_code.functions("losses"))
@one_way_of_each
def test_it_takes_every_loss(trained, way, loss):
    history = trained(**LEARNS | way | {"loss": loss}).history
    assert history[-1]["train_loss"] < history[0]["train_loss"]


@one_way_of_each
def test_the_numbers_of_an_epoch_are_means_over_images(trained, halves, way):
    # A learning rate of almost 0 leaves the start as it is: 96 images in batches of 50 and 46.
    changes = {"lr": 1e-12, "epochs": 1, "batch_size": 50, "loss": "mse", "adapt": False, "shuffle": False}
    run = trained(**changes | way | {"precision": "fp32"})
    (train_images, train_targets, _), (valid_images, valid_targets, _) = halves
    offset = adapt.measure(train_images).offset

    def outputs_of(images):
        return (images.flatten(1).float() - offset) / 255 @ run.weights["1.weight"].T + run.weights["1.bias"]

    outputs = outputs_of(valid_images)
    assert numbers(run) == [
        [
            0,
            pytest.approx((outputs_of(train_images) - train_targets).square().mean().item(), rel=1e-5),
            pytest.approx((outputs - valid_targets).square().mean().item(), rel=1e-5),
            pytest.approx(((outputs > 0.5) == (valid_targets == 1)).float().mean().item()),
        ]
    ]


@pytest.mark.parametrize("way", list(ways(weight_decay=0.5)), ids=name)
def test_weight_decay_pulls_weights_to_zero(trained, way):
    decayed, free = (
        trained(**LEARNS | way | {"lr": 0.01, "weight_decay": decay}).weights["1.weight"].norm() for decay in (0.5, 0.0)
    )
    assert decayed < 0.98 * free


@pytest.mark.parametrize(
    "pair",
    [(first, second) for first, second in combinations(WAYS, 2) if first | {"schedule": second["schedule"]} == second],
    ids=lambda pair: name(pair[1]),
)
def test_schedules_differ(trained, pair):
    first, second = (trained(**LEARNS | way).weights["1.weight"] for way in pair)
    assert not torch.allclose(first, second)
