"""Sweeps of the config: the defaults that are filled in, and the sentences that refuse a sweep."""

import copy

import pytest

from ladder.config import study as config
from ladder.errors import LadderError

NET = {"model": "mlp", "trainer": "loop", "optimizer": "sgd", "loss": "mse", "lr": 0.1, "epochs": 1}
SETTINGS = (
    "model, init, trainer, optimizer, lr, weight_decay, schedule, loss, epochs, min_steps, min_steps_per_class, adapt, "
    "batch_size, shuffle, sampling, class_weights, precision"
)


@pytest.fixture
def load(minimal):
    def load(over, name="line", **entry):
        """The study of the minimal config with one sweep, and with a variant `net` of an MLP."""
        settings = copy.deepcopy(minimal)
        settings["variants"]["net"] = dict(NET)
        return config.load(settings | {"sweep": {name: {"over": over, **entry}}})

    return load


def test_without_a_sweep_there_is_none(minimal):
    study = config.load(minimal)
    assert (study.settings["sweep"], study.sweeps) == ({}, {})


def test_defaults(load):
    sweep = load({"lr": {"from": 0.1, "to": 0.3, "count": 3}}).sweeps["line"]
    assert (sweep.over, sweep.seeds, sweep.runs_per_job) == ({"lr": [0.1, 0.2, 0.3]}, 5, 50)
    assert sweep.own == "lr=0.1"
    assert "lr" not in sweep.recipe
    assert sweep.recipe["epochs"] == 1


def test_seeds_are_the_sweeps_then_the_variants_then_the_studys(minimal):
    minimal["sweep"] = {"line": {"over": {"lr": [1]}}}
    assert config.load(copy.deepcopy(minimal | {"seeds": 9})).sweeps["line"].seeds == 9
    minimal["variants"]["line"]["seeds"] = 3
    assert config.load(copy.deepcopy(minimal)).sweeps["line"].seeds == 3
    minimal["sweep"]["line"]["seeds"] = 2
    assert config.load(minimal).sweeps["line"].seeds == 2


def test_a_sweep_starts_from_what_the_dataset_makes_of_a_variant(minimal):
    minimal["datasets"]["digits"]["recipe"] = {"batch_size": 16}
    minimal["sweep"] = {"line": {"over": {"lr": [1, 2]}}}
    assert config.load(minimal).sweeps["line"].recipe["batch_size"] == 16


# Values as the command line leaves them.
@pytest.mark.parametrize(
    ("over", "values"),
    [
        ({"lr": ["1e-3", "1"]}, [0.001, 1]),
        ({"epochs": ["2", "7"]}, [2, 7]),
        ({"shuffle": ["true", "false"]}, [True, False]),
        ({"options.hidden": ["10", "30"]}, [10, 30]),
        ({"lr": {"from": "1e-2", "to": "1", "count": "3", "scale": "log"}}, [0.01, 0.1, 1]),
        ({"options.hidden": {"from": "10", "to": "1000.0", "count": "3", "scale": "log"}}, [10, 100, 1000]),
    ],
)
def test_numbers_may_come_as_text(load, over, values):
    (loaded,) = load(over, "net").sweeps["net"].over.values()
    assert [(value, type(value)) for value in loaded] == [(value, type(value)) for value in values]


def test_no_weight_decay_is_a_value(load):
    sweep = load({"optimizer": ["adam"], "weight_decay": [None, 0.1]}).sweeps["line"]
    assert list(sweep.points) == ["optimizer=adam,weight_decay=null", "optimizer=adam,weight_decay=0.1"]


def test_models_may_be_swept_and_options_of_any_of_them(load):
    assert len(load({"model": ["linear", "mlp"]}, "net").sweeps["net"].points) == 2


def scale(low, high, count=3, kind="linear"):
    return {"from": low, "to": high, "count": count, "scale": kind}


WRONG = [
    ({}, "over: {} should be non-empty"),
    ({"lr": []}, "over.lr: [] should be non-empty"),
    ({"lr": 0.1}, "over.lr: 0.1 is not of type array or object"),
    ({"precision": ["fp32", "auto"]}, "over.precision.1: 'auto' is not allowed; allowed are fp32, bf16"),
    ({"lr": [[0.1]]}, "over.lr.0: [0.1] is not of type number or string or boolean or null"),
    (
        {"lr": {"from": 1, "to": 2}},
        "over.lr: the key 'count' is missing; it is: How many values a range has, both ends included.",
    ),
    ({"lr": {"from": 1, "too": 2, "to": 2, "count": 2}}, "over.lr: unknown key 'too'; did you mean 'to'?"),
    ({"lr": scale(1, 2, kind="logs")}, "over.lr.scale: 'logs' is not allowed; did you mean 'log'?"),
    ({"lr": scale(1, 2, count=1)}, "over.lr.count: 1 is less than the minimum of 2"),
    ({"lr": scale(1, "many")}, "over.lr.to: 'many' is not of type number"),
    ({"lr": scale(2, 1)}, "over.lr: a range from 2 to 1 has no values; `from` must be less than `to`"),
    ({"lr": scale(1, 1)}, "over.lr: a range from 1 to 1 has no values; `from` must be less than `to`"),
    ({"lr": scale(1, "inf")}, "over.lr.to: inf is not of type number; it must be finite"),
    (
        {"optimizer": ["adam"], "weight_decay": scale(0, 1, kind="log")},
        "over.weight_decay: a range with scale log starts above 0, not at 0",
    ),
    # Settings.
    ({"batch_sise": [1]}, "over: there is no setting 'batch_sise' to sweep; did you mean 'batch_size'?"),
    ({"threads": [1, 2]}, f"over: there is no setting 'threads' to sweep; allowed are {SETTINGS}"),
    ({"options.hidden": [1]}, f"over: there is no setting 'options.hidden' to sweep; allowed are {SETTINGS}"),
    # Values that the variant would not take.
    ({"lr": [0.1, -1]}, "over.lr.1: -1 is less than or equal to the minimum of 0"),
    ({"lr": scale(0, 1)}, "over.lr.from: 0 is less than or equal to the minimum of 0"),
    ({"lr": [0.1, "fast"]}, "over.lr.1: 'fast' is not of type number"),
    ({"epochs": [1, 2.5]}, "over.epochs.1: 2.5 is not of type integer"),
    ({"epochs": scale(1, 2.5)}, "over.epochs.to: 2.5 is not of type integer"),
    ({"optimizer": ["sgd", "adm"]}, "over.optimizer.1: 'adm' is not allowed; did you mean 'adam'?"),
    ({"loss": scale(1, 2)}, "over.loss: a range is of numbers; this setting wants a list of values"),
    ({"optimizer": scale(1, 2)}, "over.optimizer: a range is of numbers; this setting wants a list of values"),
    (
        {"loss": ["mse", "msee"]},
        "over: at loss=msee: loss: there is no function of losses.py 'msee'; did you mean 'mse'?",
    ),
    ({"lr": [1, "nan"]}, "over.lr.1: nan is not of type number; it must be finite"),
    # Equal values.
    ({"lr": [0.1, 1, 0.1]}, "over.lr: 0.1 is there twice"),
    ({"lr": [1, 1.0]}, "over.lr: 1 is there twice"),
    ({"lr": [1, "1"]}, "over.lr: 1 is there twice"),
    ({"epochs": scale(1, 3, count=4)}, "over.epochs: 4 whole numbers from 1 to 3 cannot all differ; take fewer"),
    # Settings that exclude each other, told once with the first point.
    (
        {"optimizer": ["sgd", "basic"], "schedule": ["constant", "one_cycle"], "lr": [1, 2]},
        "over: at optimizer=basic,schedule=one_cycle,lr=1: schedule: the optimizer basic has none; optimizers of the "
        "trainer loop with one: sgd, adam, adamw",
    ),
    (
        {"lr": scale(1, 2), "weight_decay": [None, 0.1]},
        "over: at lr=1,weight_decay=0.1: weight_decay: the optimizer sgd has none; optimizers of the trainer loop with "
        "one: adam, adamw",
    ),
]


@pytest.mark.parametrize(("over", "sentence"), WRONG)
def test_an_error_is_one_sentence(load, over, sentence):
    with pytest.raises(LadderError) as caught:
        load(over)
    assert str(caught.value) == f"config: sweep.line.{sentence}"


@pytest.mark.parametrize(
    ("name", "entry", "sentence"),
    [
        ("lin", {}, "sweep: there is no variant 'lin'; did you mean 'line'?"),
        ("pixel_l1", {}, "sweep: there is no variant 'pixel_l1'; allowed are line, net"),
        ("line", {"seeds": 0}, "sweep.line.seeds: 0 is less than the minimum of 1"),
        ("line", {"seed": 2}, "sweep.line: unknown key 'seed'; did you mean 'seeds'?"),
        ("line", {"runs_per_job": "some"}, "sweep.line.runs_per_job: 'some' is not of type integer"),
    ],
)
def test_an_error_of_the_entry_is_one_sentence(load, name, entry, sentence):
    with pytest.raises(LadderError) as caught:
        load({"lr": [1]}, name, **entry)
    assert str(caught.value) == f"config: {sentence}"


def test_a_sweep_needs_its_settings(minimal):
    with pytest.raises(LadderError) as caught:
        config.load(minimal | {"sweep": {"line": {"seeds": 2}}})
    assert str(caught.value).startswith("config: sweep.line: the key 'over' is missing; it is: Values of each swept")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([10, 2.5], "over.options.hidden.1: 2.5 is not of type integer"),
        (["ten"], "over.options.hidden.0: 'ten' is not of type integer"),
    ],
)
def test_an_option_has_the_type_of_its_annotation(load, values, sentence):
    with pytest.raises(LadderError) as caught:
        load({"options.hidden": values}, "net")
    assert str(caught.value) == f"config: sweep.net.{sentence}"


def test_an_option_of_another_model_is_refused_where_it_meets_it(load):
    with pytest.raises(LadderError) as caught:
        load({"model": ["mlp", "linear"], "options.hidden": [10, 30]}, "net")
    assert str(caught.value) == (
        "config: sweep.net.over: at model=linear,options.hidden=10: options: models/linear.py has no option "
        "'hidden'; there are none"
    )
