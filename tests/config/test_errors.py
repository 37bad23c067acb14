import copy

import pytest

from ladder.config import study
from ladder.errors import LadderError

VARIANT = {"model": "linear", "trainer": "loop", "optimizer": "sgd", "loss": "mse", "lr": 0.1, "epochs": 1}
LINE = ("variants", "line")
DIGITS = ("datasets", "digits")
SHA256 = "0" * 64
NO_CHECKSUM = (
    "datasets.zoo: an archive needs sha256 (`sha256sum FILE` prints it), or size and md5_1mb, "
    "so that it can be verified"
)
NO_SEEDS = "is not allowed; it is a whole number, or rounds such as {from: 5, to: 40}"


def put(settings, path, value):
    *parents, last = path
    for key in parents:
        settings = settings[key]
    settings[last] = value


def refusal_of(settings):
    with pytest.raises(LadderError) as caught:
        study.load(settings)
    return str(caught.value)


FOLDER = {"kind": "folder", "path": "zoo"}
WRONG = [
    # Unknown keys.
    (("sedes",), 3, "unknown key 'sedes'; did you mean 'seeds'?"),
    ((*LINE, "epoch"), 3, "variants.line: unknown key 'epoch'; did you mean 'epochs'?"),
    ((*DIGITS, "split_sede"), 3, "datasets.digits: unknown key 'split_sede'; did you mean 'split_seed'?"),
    ((*LINE, "job"), "line", "variants.line.job: line is the name of a variant; choose another for the job"),
    # Values.
    (("seeds",), 0, "seeds: 0 is less than the minimum of 1"),
    (("seeds",), "many", f"seeds: 'many' {NO_SEEDS}"),
    (("seeds",), 2.5, f"seeds: 2.5 {NO_SEEDS}"),
    (("seeds",), True, f"seeds: True {NO_SEEDS}"),
    (("archives",), "folder", "archives: 'folder' is not of type array"),
    (("variants",), None, "variants: nothing is given; it must be of type object"),
    (("device",), "gpu", "device: 'gpu' is not allowed; did you mean 'cpu'?"),
    (("device",), "tensor", "device: 'tensor' is not allowed; allowed are auto, cpu, cuda, mps"),
    (("jobs_per_gpu",), 0, "jobs_per_gpu: 0 is less than the minimum of 1"),
    (("jobs_per_gpu",), 1.5, "jobs_per_gpu: 1.5 is not of type integer"),
    (("resume_points",), None, "resume_points: nothing is given; it must be of type object"),
    (("resume_points",), {"epochs": 0}, "resume_points.epochs: 0 is less than the minimum of 1"),
    (("resume_points",), {"minutes": 0}, "resume_points.minutes: 0 is less than or equal to the minimum of 0"),
    (("resume_points",), {"hours": 1}, "resume_points: unknown key 'hours'; allowed are epochs, minutes"),
    ((*LINE, "precision"), "fp16", "variants.line.precision: 'fp16' is not allowed; did you mean 'bf16'?"),
    ((*LINE, "precision"), 32, "variants.line.precision: 32 is not allowed; did you mean 'fp32'?"),
    ((*LINE, "lr"), "fast", "variants.line.lr: 'fast' is not of type number"),
    ((*LINE, "lr"), 0, "variants.line.lr: 0 is less than or equal to the minimum of 0"),
    ((*LINE, "weight_decay"), "no", "variants.line.weight_decay: 'no' is not of type number or null"),
    ((*LINE, "optimizer"), "adm", "variants.line.optimizer: 'adm' is not allowed; did you mean 'adam'?"),
    ((*DIGITS, "valid_fraction"), 1, "datasets.digits.valid_fraction: 1 is greater than or equal to the maximum of 1"),
    (("ladder",), ["line", "line"], "ladder: 'line' is there twice"),
    (
        ("variants", "a line"),
        VARIANT,
        "variants: 'a line' is not allowed; a name has letters, digits and `_`, begins with a letter or digit, "
        "and has 100 of them at most",
    ),
    # The rules of a verdict.
    (("alpha",), 0, "alpha: 0 is less than or equal to the minimum of 0"),
    (("alpha",), 0.5, "alpha: 0.5 is greater than or equal to the maximum of 0.5"),
    (("alpha",), "five", "alpha: 'five' is not of type number"),
    (("margin",), 0, "margin: 0 is less than or equal to the minimum of 0"),
    (("margin",), 1, "margin: 1 is greater than or equal to the maximum of 1"),
    (("margin",), None, "margin: nothing is given; it must be of type number"),
    (("tests",), [], "tests: [] should be non-empty"),
    (("tests",), "two_way", "tests: 'two_way' is not of type array"),
    (("tests",), ["two_way", "welch"], "tests.1: 'welch' is not allowed; allowed are two_way, sign_flip"),
    (("tests",), ["two_wya"], "tests.0: 'two_wya' is not allowed; did you mean 'two_way'?"),
    (("tests",), ["sign_flip", "sign_flip"], "tests: 'sign_flip' is there twice"),
    # Names of things that do not exist.
    (("dataset",), "digit", "dataset: there is no dataset 'digit'; did you mean 'digits'?"),
    (("try_it",), ["lne"], "try_it: there is no variant 'lne'; did you mean 'line'?"),
    (("try_it",), ["pixel_l1"], "try_it: there is no variant 'pixel_l1'; allowed are line"),
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
        "variants.line.options: models/linear.py has no option 'hidden'; there are none",
    ),
    (
        (*LINE, "optimizer"),
        "by_hand",
        "variants.line.optimizer: the trainer loop knows no optimizer 'by_hand'; allowed are basic, sgd, adam, adamw",
    ),
    (
        (*LINE, "trainer"),
        "by_hand",
        "variants.line.optimizer: the trainer by_hand knows no optimizer 'sgd'; allowed are by_hand",
    ),
    (
        (*LINE, "weight_decay"),
        0.1,
        "variants.line.weight_decay: the optimizer sgd has none; optimizers of the trainer loop with one: adam, adamw",
    ),
    ((*LINE, "lr"), float("nan"), "variants.line.lr: nan is not of type number; it must be finite"),
    ((*LINE, "lr"), ".inf", "variants.line.lr: '.inf' is not of type number"),
    ((*LINE, "lr"), "inf", "variants.line.lr: inf is not of type number; it must be finite"),
    (
        ("variants", "pixel_l1"),
        VARIANT,
        "variants.pixel_l1: this name is a baseline's; choose another",
    ),
    (("variants", "majority"), VARIANT, "variants.majority: this name is a baseline's; choose another"),
    # Archives and folders.
    (("datasets", "zoo"), {"kind": "archive", "sources": ["zoo.tgz"]}, NO_CHECKSUM),
    (("datasets", "zoo"), {"kind": "archive", "sources": ["zoo.tgz"], "size": 9}, NO_CHECKSUM),
    (("datasets", "zoo"), {"kind": "archive", "sources": ["zoo.tgz"], "md5_1mb": "0" * 32}, NO_CHECKSUM),
    (
        ("datasets", "zoo"),
        {"kind": "archive", "sources": ["zoo.tgz"], "sha256": "123"},
        "datasets.zoo.sha256: '123' is not allowed; it has 64 hexadecimal digits, in lower case "
        "(`sha256sum FILE` prints it)",
    ),
    (
        ("datasets", "zoo"),
        {"kind": "archive", "sha256": SHA256},
        "datasets.zoo: the key 'sources' is missing; it is: addresses (http, https, ftp) or paths of the file, tried "
        "in order",
    ),
    (
        ("datasets", "zoo"),
        {"kind": "npz"},
        "datasets.zoo: say where the images are, by one of these keys: sources, path",
    ),
    (
        ("datasets", "zoo"),
        {"kind": "npz", "path": "a", "sources": ["b"], "sha256": SHA256},
        "datasets.zoo: say where the images are, by one of these keys: sources, path",
    ),
    (("datasets", "zoo"), {"kind": "npz", "sources": ["zoo.npz"]}, NO_CHECKSUM),
    (
        ("datasets", "zoo"),
        {"kind": "folders", "path": "zoo"},
        "datasets.zoo.kind: there is no module of datasets/ 'folders'; did you mean 'folder'?",
    ),
    (
        ("datasets", "zoo"),
        {
            "kind": "idx",
            "downloads": [{"sources": ["a.gz"], "sha256": SHA256}, {"sources": ["b/a.gz"], "sha256": SHA256}],
        },
        "datasets.zoo.downloads: several files are called a.gz; give each a source of another name",
    ),
    (
        ("datasets", "zoo"),
        {"kind": "idx", "downloads": [{"sources": ["a.gz"]}]},
        NO_CHECKSUM.replace("zoo:", "zoo.downloads.0:"),
    ),
    (
        ("datasets", "zoo"),
        FOLDER | {"label": "(.*"},
        "datasets.zoo.label: '(.*' is not a regular expression (missing ), unterminated subpattern at position 0)",
    ),
    (
        ("datasets", "zoo"),
        FOLDER | {"group": "p(.*)_"},
        "datasets.zoo.group: 'p(.*)_' has no group of that name; write (?P<group>...) around the part of the path",
    ),
    (
        ("datasets", "zoo"),
        FOLDER | {"valid_fraction": 0.5, "test_fraction": 0.5},
        "datasets.zoo.test_fraction: with valid_fraction it leaves no image for training; their sum must be below 1",
    ),
    (
        ("datasets", "zoo"),
        FOLDER | {"columns": {"label": "breed"}},
        "datasets.zoo.columns: there is no table for these columns; name one as `table`",
    ),
    (
        ("datasets", "zoo"),
        FOLDER | {"valid": "held", "test": "held"},
        "datasets.zoo.test: 'held' is the folder of the validation images; name another",
    ),
    (
        ("datasets", "zoo"),
        {"kind": "folder"},
        "datasets.zoo: the key 'path' is missing; it is: the folder or file with the images",
    ),
]


@pytest.mark.parametrize(("path", "value", "sentence"), WRONG)
def test_an_error_is_one_sentence(minimal, path, value, sentence):
    put(minimal, path, copy.deepcopy(value))
    assert refusal_of(minimal) == f"config: {sentence}"


def test_a_missing_key_is_described(minimal):
    del minimal["variants"]["line"]["epochs"]
    assert refusal_of(minimal) == (
        "config: variants.line: the key 'epochs' is missing; it is: Passes over the training images."
    )


def test_every_missing_key_is_named(minimal):
    del minimal["variants"]["line"]["epochs"], minimal["variants"]["line"]["lr"]
    assert refusal_of(minimal).splitlines() == [
        "config: variants.line: the key 'epochs' is missing; it is: Passes over the training images.",
        "config: variants.line: the key 'lr' is missing; it is: Learning rate; the highest one with one_cycle.",
    ]


def test_every_error_has_its_line(minimal):
    minimal |= {"seeds": 0, "device": "gpu", "sedes": 1}
    assert refusal_of(minimal).splitlines() == [
        "config: device: 'gpu' is not allowed; did you mean 'cpu'?",
        "config: seeds: 0 is less than the minimum of 1",
        "config: unknown key 'sedes'; did you mean 'seeds'?",
    ]


@pytest.mark.parametrize("dataset", ["digits", "other"])
@pytest.mark.parametrize(
    ("key", "change", "sentence"),
    [
        ("recipe", {"shufle": True}, "recipe: unknown key 'shufle'; did you mean 'shuffle'?"),
        ("recipe", {"lr": -1}, "recipe.lr: -1 is less than or equal to the minimum of 0"),
        ("variants", {"line": {"lr": -1}}, "variants.line.lr: -1 is less than or equal to the minimum of 0"),
        ("variants", {"lin": {"lr": 1}}, "variants: there is no variant 'lin'; did you mean 'line'?"),
    ],
)
def test_a_wrong_setting_of_a_dataset_is_sought_there(minimal, dataset, key, change, sentence):
    minimal["datasets"][dataset] = {"kind": "sklearn_digits", key: change}
    assert refusal_of(minimal) == f"config: datasets.{dataset}.{sentence}"
