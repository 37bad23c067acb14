"""The command that a page prints, read as Snakemake reads it, gives the settings of the page's study."""

import copy
import io
import shlex

import pytest
import yaml
from snakemake.cli import parse_config
from snakemake.common.configfile import _load_configfile
from snakemake.utils import update_config

from ladder.config import study
from ladder.provenance import command, manifest

PETS = {"kind": "folder", "path": "/home/ann/pets", "recipe": {"shuffle": True, "epochs": 2}}
WIDE = {"model": "mlp", "options": {"hidden": 300}, "trainer": "loop", "optimizer": "sgd", "loss": "mnist_loss"}


def settings_of(shipped, changes):
    merged = copy.deepcopy(shipped)
    update_config(merged, copy.deepcopy(changes))
    return manifest.portable_config(study.load(merged).settings)


def settings_again(shipped, again):
    """The settings that Snakemake reads from the arguments, and from the file that they name."""
    options = again["arguments"]
    merged = {} if "--replace-workflow-config" in options else copy.deepcopy(shipped)
    if "--configfile" in options:
        assert options[options.index("--configfile") + 1] == command.FILE
        update_config(merged, _load_configfile(io.StringIO(again["file"])))
    else:
        assert again["file"] is None
        update_config(merged, parse_config(options[1:]))
    return manifest.portable_config(study.load(merged).settings)


PLAIN = [
    ({}, ""),
    ({"dataset": "digits"}, " --config dataset=digits"),
    # A dataset brings its changes of the variants with it.
    ({"dataset": "mnist", "variants": {}}, " --config dataset=mnist"),
    ({"seeds": 1, "ladder": ["pixel_l1", "cnn"]}, " --config seeds=1 'ladder=[pixel_l1, cnn]'"),
    ({"figures": [], "dataset": "digits"}, " --config dataset=digits 'figures=[]'"),
    ({"reproducibility": "strict", "device": "cpu"}, " --config device=cpu reproducibility=strict"),
    # The place of an archive decides nothing, and no path of a machine is told.
    ({"archives": ["/home/ann/archives"]}, ""),
]
NESTED = [
    {"variants": {"cnn": {"epochs": 7}}},
    {"variants": {"wide": {**WIDE, "lr": 0.1, "epochs": 40}}, "seeds": 2},
    {"dataset": "digits", "variants": {"cnn": {"lr": 0.5}, "linear_sgd": {"seeds": 3}}},
    {"sweep": {"mlp": {"over": {"lr": [0.01, 0.1], "options.hidden": [10, 30]}, "seeds": 2}}},
    {"dataset": "pets", "datasets": {"pets": PETS}},
    {"dataset": "pets", "datasets": {"pets": PETS | {"variants": {"wide": {"lr": 1.0}}}}, "variants": {"wide": WIDE}},
    {"resume_points": {"epochs": 1, "minutes": None}},
    {"dataset": "true", "datasets": {"true": {"kind": "sklearn_digits"}}},
    {"dataset": "nan", "datasets": {"nan": {"kind": "sklearn_digits", "about": "über: 'alles' <b>"}}},
]
for changes in NESTED:
    for variant in changes.get("variants", {}).values():
        if "model" in variant:
            variant.setdefault("lr", 0.1)
            variant.setdefault("epochs", 1)


@pytest.mark.parametrize(("changes", "options"), PLAIN)
def test_plain_settings_are_on_the_command_line(shipped, changes, options):
    settings = settings_of(shipped, changes)
    again = command.of(settings)
    assert again["command"] == f"snakemake --cores 4 --resources gpu=1{options}"
    assert shlex.split(again["command"])[5:] == again["arguments"]
    assert settings_again(shipped, again) == settings


@pytest.mark.parametrize("changes", NESTED)
def test_nested_settings_are_in_a_file(shipped, changes):
    settings = settings_of(shipped, changes)
    again = command.of(settings)
    assert again["arguments"] == ["--configfile", "study.yaml"]
    assert settings_again(shipped, again) == settings
    assert "/home/ann" not in again["file"]


def test_only_what_differs_is_in_the_file(shipped):
    again = command.of(settings_of(shipped, {"dataset": "digits", "variants": {"mlp": {"epochs": 7}}}))
    assert yaml.safe_load(again["file"]) == {"dataset": "digits", "variants": {"mlp": {"epochs": 7}}}


@pytest.mark.parametrize(
    "where", [("variants", "cnn"), ("variants", "mlp", "options", "hidden"), ("datasets", "mnist")]
)
def test_where_a_key_is_gone_the_whole_config_is_named(shipped, where):
    less = copy.deepcopy(shipped) | {"try_it": []}
    *places, key = where
    place = less
    for name in places:
        place = place[name]
    del place[key]
    if key == "cnn":  # a dataset changes cnn as well
        for dataset in less["datasets"].values():
            dataset.get("variants", {}).pop("cnn", None)
    settings = manifest.portable_config(study.load(less).settings)
    again = command.of(settings)
    assert again["arguments"] == ["--configfile", "study.yaml", "--replace-workflow-config"]
    assert yaml.safe_load(again["file"]) == settings == settings_again(shipped, again)


def test_without_a_config_of_the_project_the_whole_config_is_named(shipped, tmp_path, monkeypatch):
    settings = settings_of(shipped, {})
    monkeypatch.setattr(command, "PROJECT", tmp_path)
    assert command.of(settings)["arguments"][-1] == "--replace-workflow-config"


def test_the_order_of_keys_changes_no_command(shipped):
    changes = {"seeds": 2, "variants": {"cnn": {"lr": 0.5, "epochs": 7}, "mlp": {"lr": 0.2}}, "dataset": "digits"}
    settings = settings_of(shipped, changes)
    turned = {key: _turned(value) for key, value in reversed(settings.items())}
    assert command.of(turned) == command.of(settings)


def _turned(value):
    return {key: _turned(inner) for key, inner in reversed(value.items())} if isinstance(value, dict) else value
