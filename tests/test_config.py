import copy

import pytest

from ladder import config
from ladder.errors import LadderError

MINIMAL = {
    "dataset": "digits",
    "datasets": {"digits": {"kind": "sklearn_digits"}},
    "variants": {
        "line": {"model": "linear", "trainer": "loop", "optimizer": "sgd", "loss": "mse", "lr": 0.1, "epochs": 1}
    },
}
LINE = ("variants", "line")
DIGITS = ("datasets", "digits")
SHA256 = "0" * 64
NO_CHECKSUM = (
    "datasets.zoo: an archive needs sha256 (`sha256sum FILE` prints it), or size and md5_1mb, "
    "so that it can be verified"
)


@pytest.fixture
def settings():
    return copy.deepcopy(MINIMAL)


def put(settings, path, value):
    *parents, last = path
    for key in parents:
        settings = settings[key]
    settings[last] = value


def refusal_of(settings):
    with pytest.raises(LadderError) as caught:
        config.load(settings)
    return str(caught.value)


def test_the_shipped_config_is_right(shipped):
    study = config.load(shipped)
    assert study.dataset == "mnist_sample"
    assert study.rungs[:3] == ["pixel_l1", "pixel_l2", "linear_scratch"]
    assert study.rungs[-1] == "cnn"
    assert study.recipe("mlp") == {
        "model": "mlp",
        "options": {"hidden": 30},
        "init": "default",
        "trainer": "fastai_learner",
        "optimizer": "sgd",
        "lr": 0.1,
        "weight_decay": None,
        "schedule": "constant",
        "loss": "mnist_loss",
        "epochs": 40,
        "batch_size": 256,
        "shuffle": False,
        "threads": 1,
    }


@pytest.mark.parametrize("dataset", ["mnist_sample", "mnist_tiny", "mnist", "digits"])
def test_the_shipped_config_is_right_for_every_dataset(shipped, dataset):
    assert config.load(shipped | {"dataset": dataset}).dataset == dataset


def test_defaults_are_filled_in(settings):
    study = config.load(settings)
    assert {key: study.settings[key] for key in ("seeds", "seeds_per_job", "device", "archives", "figures")} == {
        "seeds": 5,
        "seeds_per_job": 5,
        "device": "auto",
        "archives": [],
        "figures": [],
    }
    assert study.settings["metrics"] == ["accuracy", "log_loss", "calibration_error", "precision", "recall", "f1"]
    assert study.source == {
        "kind": "sklearn_digits",
        "about": "",
        "train": "train",
        "valid": "valid",
        "valid_fraction": 0.2,
        "split_seed": 0,
        "recipe": {},
        "variants": {},
    }
    given = MINIMAL["variants"]["line"]
    assert study.recipe("line") == given | {
        "options": {},
        "init": "default",
        "weight_decay": None,
        "schedule": "constant",
        "batch_size": 256,
        "shuffle": False,
        "threads": 1,
    }


def test_what_the_report_says_of_a_variant_is_no_part_of_its_recipe(settings):
    plain = config.load(copy.deepcopy(settings)).recipe("line")
    settings["variants"]["line"] |= {"about": "A line.", "seeds": 2, "seeds_per_job": 1}
    assert config.load(settings).recipe("line") == plain


WRONG = [
    # Unknown keys.
    (("sedes",), 3, "unknown key 'sedes'; did you mean 'seeds'?"),
    ((*LINE, "epoch"), 3, "variants.line: unknown key 'epoch'; did you mean 'epochs'?"),
    ((*DIGITS, "split_sede"), 3, "datasets.digits: unknown key 'split_sede'; did you mean 'split_seed'?"),
    # Values.
    (("seeds",), 0, "seeds: 0 is less than the minimum of 1"),
    (("seeds",), "3", "seeds: '3' is not of type integer"),
    (("seeds",), True, "seeds: True is not of type integer"),
    (("archives",), "folder", "archives: 'folder' is not of type array"),
    (("variants",), None, "variants: None is not of type object"),
    (("device",), "gpu", "device: 'gpu' is not allowed; did you mean 'cpu'?"),
    (("device",), "tensor", "device: 'tensor' is not allowed; allowed are auto, cpu, cuda, mps"),
    ((*LINE, "lr"), "1e-3", "variants.line.lr: '1e-3' is not of type number"),
    ((*LINE, "lr"), 0, "variants.line.lr: 0 is less than or equal to the minimum of 0"),
    ((*LINE, "weight_decay"), "no", "variants.line.weight_decay: 'no' is not of type number or null"),
    ((*LINE, "optimizer"), "adm", "variants.line.optimizer: 'adm' is not allowed; did you mean 'adam'?"),
    ((*DIGITS, "valid_fraction"), 1, "datasets.digits.valid_fraction: 1 is greater than or equal to the maximum of 1"),
    (("ladder",), ["line", "line"], "ladder: ['line', 'line'] has non-unique elements"),
    (
        ("variants", "a line"),
        MINIMAL["variants"]["line"],
        "variants: 'a line' does not match '^[A-Za-z0-9][A-Za-z0-9_]*$'",
    ),
    # Names of what is not there.
    (("dataset",), "digit", "dataset: there is no dataset 'digit'; did you mean 'digits'?"),
    (("dataset",), "cats", "dataset: there is no dataset 'cats'; allowed are digits"),
    ((*LINE, "model"), "liner", "variants.line.model: there is no module of models/ 'liner'; did you mean 'linear'?"),
    ((*LINE, "trainer"), "lop", "variants.line.trainer: there is no module of trainers/ 'lop'; did you mean 'loop'?"),
    ((*LINE, "loss"), "msee", "variants.line.loss: there is no function of losses.py 'msee'; did you mean 'mse'?"),
    (
        ("metrics",),
        ["accuracy", "recal"],
        "metrics: there is no function of metrics.py 'recal'; did you mean 'recall'?",
    ),
    (("figures",), ["mean"], "figures: there is no module of figures/ 'mean'; did you mean 'means'?"),
    (("ladder",), ["pixel_l3"], "ladder: there is no variant or baseline 'pixel_l3'; did you mean 'pixel_l2'?"),
    (
        (*DIGITS, "variants"),
        {"lines": {"lr": 1}},
        "datasets.digits.variants: there is no variant 'lines'; did you mean 'line'?",
    ),
    # Settings that exclude each other.
    (
        (*LINE, "options"),
        {"hidden": 3},
        "variants.line.options: there is no option of models/linear.py 'hidden'; there are none",
    ),
    (
        (*LINE, "optimizer"),
        "by_hand",
        "variants.line.optimizer: the trainer by_hand and the optimizer by_hand go together",
    ),
    (
        (*LINE, "trainer"),
        "by_hand",
        "variants.line.optimizer: the trainer by_hand and the optimizer by_hand go together",
    ),
    (
        (*LINE, "weight_decay"),
        0.1,
        "variants.line.weight_decay: only the optimizers adam and adamw have it, not sgd",
    ),
    (
        ("variants", "pixel_l1"),
        MINIMAL["variants"]["line"],
        "variants.pixel_l1: this name is a baseline's; choose another",
    ),
    # Archives and folders.
    (("datasets", "zoo"), {"kind": "archive", "sources": ["zoo.tgz"]}, NO_CHECKSUM),
    (("datasets", "zoo"), {"kind": "archive", "sources": ["zoo.tgz"], "size": 9}, NO_CHECKSUM),
    (("datasets", "zoo"), {"kind": "archive", "sources": ["zoo.tgz"], "md5_1mb": "0" * 32}, NO_CHECKSUM),
    (
        ("datasets", "zoo"),
        {"kind": "archive", "sources": ["zoo.tgz"], "sha256": "123"},
        "datasets.zoo.sha256: '123' does not match '^[0-9a-f]{64}$'",
    ),
    (
        ("datasets", "zoo"),
        {"kind": "archive", "sha256": SHA256},
        "datasets.zoo: the key 'sources' is missing; it is: addresses or paths of the archive, tried in order",
    ),
    (
        ("datasets", "zoo"),
        {"kind": "folder"},
        "datasets.zoo: the key 'path' is missing; it is: the folder with the images",
    ),
]


@pytest.mark.parametrize(("path", "value", "sentence"), WRONG)
def test_an_error_is_one_sentence(settings, path, value, sentence):
    put(settings, path, copy.deepcopy(value))
    assert refusal_of(settings) == f"config: {sentence}"


def test_one_cycle_needs_an_optimizer_that_has_a_schedule(settings):
    settings["variants"]["line"] |= {"optimizer": "basic", "schedule": "one_cycle"}
    assert refusal_of(settings) == (
        "config: variants.line.schedule: one_cycle needs the optimizer sgd, adam or adamw, not basic"
    )


def test_a_fastai_learner_has_no_basic_optimizer(settings):
    settings["variants"]["line"] |= {"trainer": "fastai_learner", "optimizer": "basic"}
    assert "basic" in refusal_of(settings)


def test_a_missing_key_is_described(settings):
    del settings["variants"]["line"]["epochs"]
    assert refusal_of(settings) == (
        "config: variants.line: the key 'epochs' is missing; it is: Passes over the training images."
    )


def test_every_missing_key_is_named(settings):
    del settings["variants"]["line"]["epochs"], settings["variants"]["line"]["lr"]
    refused = refusal_of(settings)
    assert "'epochs' is missing" in refused
    assert "'lr' is missing" in refused


def test_every_error_has_its_line(settings):
    settings |= {"seeds": 0, "device": "gpu", "sedes": 1}
    assert refusal_of(settings).splitlines() == [
        "config: device: 'gpu' is not allowed; did you mean 'cpu'?",
        "config: seeds: 0 is less than the minimum of 1",
        "config: unknown key 'sedes'; did you mean 'seeds'?",
    ]


def test_a_dataset_changes_all_variants_and_single_ones(shipped):
    mnist = config.load(shipped | {"dataset": "mnist"})
    assert {mnist.variant(name)["shuffle"] for name in mnist.variants} == {True}
    assert (mnist.variant("mlp")["loss"], mnist.variant("linear_sgd")["loss"]) == ("cross_entropy", "mnist_loss")


def test_a_single_variants_setting_beats_that_of_all(settings):
    settings["datasets"]["digits"] |= {"recipe": {"lr": 0.5, "epochs": 7}, "variants": {"line": {"lr": 0.25}}}
    line = config.load(settings).variant("line")
    assert (line["lr"], line["epochs"]) == (0.25, 7)


def test_another_datasets_settings_change_nothing(settings):
    settings["datasets"]["other"] = {"kind": "sklearn_digits", "recipe": {"lr": 9}}
    assert config.load(settings).variant("line")["lr"] == 0.1


@pytest.mark.parametrize(
    ("key", "change"), [("recipe", {"shufle": True}), ("recipe", {"lr": -1}), ("variants", {"line": {"lr": -1}})]
)
def test_a_wrong_setting_of_a_dataset_is_sought_there(settings, key, change):
    settings["datasets"]["digits"][key] = change
    assert f"datasets.digits.{key}" in refusal_of(settings)


def test_a_ladder_chooses_and_orders_the_rungs(shipped):
    study = config.load(shipped | {"ladder": ["cnn", "pixel_l2", "mlp"]})
    assert (study.rungs, study.variants, study.baselines) == (
        ["cnn", "pixel_l2", "mlp"],
        ["cnn", "mlp"],
        ["pixel_l2"],
    )


@pytest.mark.parametrize(
    ("seeds", "size", "blocks"),
    [
        (5, 2, ["0-1", "2-3", "4-4"]),
        (4, 2, ["0-1", "2-3"]),
        (3, 5, ["0-2"]),
        (1, 1, ["0-0"]),
        (12, 10, ["0-9", "10-11"]),
    ],
)
def test_blocks_share_out_the_seeds(settings, seeds, size, blocks):
    study = config.load(settings | {"seeds": seeds, "seeds_per_job": size})
    assert study.blocks("line") == blocks
    assert [seed for block in blocks for seed in config.seeds_of(block)] == list(range(seeds))


def test_a_variants_own_seeds_beat_the_studys(settings):
    settings["variants"]["line"] |= {"seeds": 3, "seeds_per_job": 2}
    assert config.load(settings | {"seeds": 9}).blocks("line") == ["0-1", "2-2"]
