import copy

import pytest

from ladder.config import study as config
from ladder.errors import LadderError


def test_the_shipped_config_is_right(shipped):
    study = config.load(shipped)
    assert study.dataset == "mnist_sample"
    assert study.rungs[:4] == ["majority", "pixel_l1", "pixel_l2", "linear_scratch"]
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
        "min_steps": 0,
        "min_steps_per_class": 24,
        "adapt": "up",
        "batch_size": 256,
        "shuffle": False,
        "sampling": "as_is",
        "class_weights": "none",
        "precision": "fp32",
        "threads": 1,
    }


@pytest.mark.parametrize("dataset", ["mnist_sample", "mnist_tiny", "mnist", "digits"])
def test_the_shipped_config_is_right_for_every_dataset(shipped, dataset):
    assert config.load(shipped | {"dataset": dataset}).dataset == dataset


def test_defaults_are_filled_in(minimal):
    given = dict(minimal["variants"]["line"])
    study = config.load(minimal)
    assert {key: study.settings[key] for key in ("seeds", "device", "jobs_per_gpu", "resume_points", "figures")} == {
        "seeds": 5,
        "device": "auto",
        "jobs_per_gpu": 1,
        "resume_points": {"epochs": None, "minutes": 5},
        "figures": [],
    }
    assert (study.settings["alpha"], study.settings["margin"]) == (0.05, 0.0025)
    assert study.settings["tests"] == ["two_way", "sign_flip"]
    shipped = ["accuracy", "balanced_accuracy", "roc_auc", "log_loss", "calibration_error", "precision", "recall", "f1"]
    assert study.settings["metrics"] == shipped
    assert study.source == {
        "kind": "sklearn_digits",
        "about": "",
        "valid_fraction": 0.2,
        "split_seed": 0,
        "image": None,
        "colour": "auto",
        "convert": {"alpha": None, "bit_depth": None, "cmyk": False, "frames": None},
        "skip": None,
        "canvas": "whole",
        "recipe": {},
        "variants": {},
    }
    assert study.recipe("line") == given | {
        "options": {},
        "init": "default",
        "weight_decay": None,
        "schedule": "constant",
        "min_steps": 0,
        "min_steps_per_class": 0,
        "adapt": False,
        "batch_size": 256,
        "shuffle": False,
        "sampling": "as_is",
        "class_weights": "none",
        "precision": "fp32",
        "threads": 1,
    }


def test_what_the_report_says_of_a_variant_is_no_part_of_its_recipe(minimal):
    plain = config.load(copy.deepcopy(minimal)).recipe("line")
    minimal["variants"]["line"] |= {"about": "A line.", "seeds": 2, "seeds_per_job": 1}
    assert config.load(minimal).recipe("line") == plain


# YAML reads 1e-3 as text, and the command line leaves text in what is nested.
NUMBERS = [
    ("lr", "1e-3", 0.001),
    ("lr", "2", 2),
    ("epochs", "7", 7),
    ("shuffle", "true", True),
    ("shuffle", "false", False),
]


@pytest.mark.parametrize(("key", "text", "value"), NUMBERS)
def test_a_number_may_come_as_text(minimal, key, text, value):
    minimal["variants"]["line"][key] = text
    loaded = config.load(minimal).variant("line")[key]
    assert (loaded, type(loaded)) == (value, type(value))


def test_numbers_of_a_dataset_may_come_as_text(minimal):
    minimal["datasets"]["digits"] |= {"recipe": {"lr": "1e-3"}, "variants": {"line": {"shuffle": "true"}}}
    line = config.load(minimal).variant("line")
    assert (line["lr"], line["shuffle"]) == (0.001, True)


def test_a_whole_number_may_be_written_with_a_point(minimal):
    assert config.load(minimal | {"seeds": 3.0, "seeds_per_job": "2.0"}).blocks("line") == ["0-1", "2-2"]


def test_what_becomes_of_pixels_decides_the_tensors(minimal):
    said = {"image": {"size": "64"}, "colour": "grey", "convert": {"bit_depth": ["0", "4095"], "cmyk": "true"}}
    minimal["datasets"]["digits"] |= said | {"skip": "null"}
    assert config.load(minimal).tensor_settings["pixels"] == {
        "image": {"size": 64, "fit": "crop", "resample": "bilinear", "background": "black"},
        "colour": "grey",
        "convert": {"alpha": None, "bit_depth": [0, 4095], "cmyk": True, "frames": None},
        "skip": None,
    }


def test_a_dataset_changes_all_variants_and_single_ones(shipped):
    digits = config.load(shipped | {"dataset": "digits"})
    assert {digits.variant(name)["batch_size"] for name in digits.variants} == {64, 16}
    assert (digits.variant("cnn")["batch_size"], digits.variant("resnet18")["lr"]) == (16, 0.01)


def test_a_data_set_of_ones_own_gets_what_mnist_gets(shipped):
    shipped["datasets"]["mine"] = {"kind": "folder", "path": "images"}
    mine, mnist = (config.load(copy.deepcopy(shipped) | {"dataset": name}) for name in ("mine", "mnist"))
    assert {name: mine.recipe(name) for name in mine.variants} == {name: mnist.recipe(name) for name in mine.variants}
    assert all(mine.recipe(name)["shuffle"] for name in mine.variants)


def test_a_single_variants_setting_beats_that_of_all(minimal):
    minimal["datasets"]["digits"] |= {"recipe": {"lr": 0.5, "epochs": 7}, "variants": {"line": {"lr": 0.25}}}
    line = config.load(minimal).variant("line")
    assert (line["lr"], line["epochs"]) == (0.25, 7)


def test_another_datasets_settings_change_nothing(minimal):
    minimal["datasets"]["other"] = {"kind": "sklearn_digits", "recipe": {"lr": 9}}
    assert config.load(minimal).variant("line")["lr"] == 0.1


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
def test_blocks_share_out_the_seeds(minimal, seeds, size, blocks):
    study = config.load(minimal | {"seeds": seeds, "seeds_per_job": size})
    assert study.blocks("line") == blocks
    assert [seed for block in blocks for seed in config.seeds_of(block)] == list(range(seeds))


def test_a_variants_own_seeds_beat_the_studys(minimal):
    minimal["variants"]["line"] |= {"seeds": 3, "seeds_per_job": 2}
    assert config.load(minimal | {"seeds": 9}).blocks("line") == ["0-1", "2-2"]


def test_variants_of_one_job_are_trained_together_where_they_can_be(minimal):
    line = minimal["variants"]["line"] | {"job": "lines"}
    changed = {"a": {}, "b": {"lr": 9}, "seeds": {"seeds": 2}, "size": {"seeds_per_job": 1}, "threads": {"threads": 2}}
    minimal["variants"] = {name: line | changes for name, changes in changed.items()}
    minimal["variants"] |= {
        "other": line | {"job": "others"},
        "c": line | {"options": {}},
        "alone": line | {"job": None},
    }
    assert config.load(copy.deepcopy(minimal)).jobs == {
        "lines": ["a", "b", "c"],
        **{name: [name] for name in ("seeds", "size", "threads", "other", "alone")},
    }
    ladder = config.load(minimal | {"ladder": ["pixel_l1", "b", "alone"]})
    assert ladder.jobs == {"b": ["b"], "alone": ["alone"]}


def test_the_precision_auto_is_what_the_device_computes_in(minimal, monkeypatch):
    minimal["variants"]["line"]["precision"] = "auto"
    for precision in ("bf16", "fp32"):
        monkeypatch.setenv("LADDER_PRECISION", precision)
        assert config.load(copy.deepcopy(minimal)).recipe("line")["precision"] == precision


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False), ("up", "up")])
def test_text_of_a_command_line_is_the_truth_value_among_other_words(minimal, text, value):
    minimal["variants"]["line"]["adapt"] = text
    assert config.load(minimal).recipe("line")["adapt"] == value


def test_another_word_for_adapt_is_refused(minimal):
    minimal["variants"]["line"]["adapt"] = "down"
    with pytest.raises(LadderError, match=r"config: variants.line.adapt: 'down' .*true, false, up"):
        config.load(minimal)


def test_whether_data_are_verified_is_no_setting_of_the_results(minimal):
    plain, verified = config.load(copy.deepcopy(minimal)), config.load(minimal | {"verify_data": "true"})
    assert (plain.verify_data, verified.verify_data) == (False, True)
    assert plain.settings == verified.settings


def test_values_in_place_of_text_are_found_wherever_text_is_wanted(minimal):
    minimal |= {"dataset": False, "ladder": ["line", None], "seeds": "3", "device": True}
    minimal["datasets"]["digits"] |= {
        "about": 1.5,
        "recipe": {"loss": 3, "lr": "1"},
        "variants": {"line": {"model": 1}},
    }
    minimal["variants"]["line"] |= {"trainer": True, "about": "text"}
    assert sorted(config.in_place_of_text(minimal), key=str) == sorted(
        [
            (("dataset",), False),
            (("ladder", 1), None),
            (("datasets", "digits", "about"), 1.5),
            (("datasets", "digits", "recipe", "loss"), 3),
            (("datasets", "digits", "variants", "line", "model"), 1),
            (("variants", "line", "trainer"), True),
        ],
        key=str,
    )


@pytest.mark.parametrize(
    "rules",
    [
        {"alpha": 0.499, "margin": 0.999, "tests": ["sign_flip"]},
        {"alpha": 0.001, "margin": 0.0001, "tests": ["two_way"]},
        {"alpha": "0.01", "margin": "0.005", "tests": ["sign_flip", "two_way"]},
    ],
)
def test_the_rules_of_a_verdict_are_settings(minimal, rules):
    settings = config.load(minimal | rules).settings
    assert [settings["alpha"], settings["margin"]] == [float(rules["alpha"]), float(rules["margin"])]
    assert settings["tests"] == rules["tests"]


def test_the_shipped_config_has_the_defaults_of_the_rules(shipped, minimal):
    settings, defaults = config.load(shipped).settings, config.load(minimal).settings
    assert [settings[key] for key in ("alpha", "margin", "tests")] == [
        defaults[key] for key in ("alpha", "margin", "tests")
    ]


def test_the_twins_of_the_shipped_config(shipped):
    assert config.load(shipped).twins == [
        ["linear_optim", "linear_sgd", "linear_learner", "linear_own_learner", "linear_mse_sigmoid"]
    ]


@pytest.mark.parametrize(
    ("changes", "are_twins"),
    [
        ({}, True),
        ({"optimizer": "adam"}, True),
        ({"loss": "mnist_loss", "lr": 2, "epochs": 9}, True),
        ({"seeds": 3}, True),
        ({"model": "linear_by_hand"}, False),
        ({"init": "normal"}, False),
        ({"batch_size": 17}, False),
        ({"shuffle": False}, False),
        ({"sampling": "balanced"}, False),
    ],
)
def test_variants_that_begin_alike_are_twins(minimal, changes, are_twins):
    minimal["variants"]["line"]["shuffle"] = True
    minimal["variants"]["other"] = minimal["variants"]["line"] | changes
    assert config.load(minimal).twins == ([["line", "other"]] if are_twins else [])


def test_twins_have_the_same_options(minimal):
    net = minimal["variants"]["line"] | {"model": "mlp"}
    for name, hidden in (("a", 30), ("b", 31), ("c", 30)):
        minimal["variants"][name] = net | {"options": {"hidden": hidden}}
    assert config.load(minimal).twins == [["a", "c"]]


def test_twins_are_variants_of_the_ladder_in_its_order(minimal):
    line = minimal["variants"]["line"]
    minimal["variants"] |= {"a": line | {"lr": 2}, "out": line | {"lr": 3}, "net": line | {"model": "mlp"}}
    minimal["variants"]["net_adam"] = line | {"model": "mlp", "optimizer": "adam"}
    minimal["ladder"] = ["majority", "net", "line", "net_adam", "a"]
    assert config.load(minimal).twins == [["net", "net_adam"], ["line", "a"]]
