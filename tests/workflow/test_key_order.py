"""The order in which somebody writes the keys of the settings changes no byte of a study."""

import json
import random

import pytest
import yaml

from ladder.provenance import checksums

pytestmark = pytest.mark.slow
RUN = ("--cores", "2", "--configfile", "overlay.yaml")
LINE = {"model": "linear", "trainer": "loop", "optimizer": "sgd", "loss": "mnist_loss", "lr": 1.0, "epochs": 1}
NET = LINE | {
    "model": "cnn",
    "options": {"layers": [[4, 3, 2]]},
    "loss": "cross_entropy",
    "optimizer": "adamw",
    "lr": 0.01,
}
OVERLAY = {
    "dataset": "digits",
    "seeds": 2,
    "metrics": ["accuracy", "log_loss", "recall"],
    "figures": ["ladder", "loss_curves"],
    "try_it": ["net"],
    # The shipped settings, but short: the rungs of the config itself, so that new variants join.
    "variants": {"zoo": LINE | {"job": "lines"}, "net": NET, "ape": LINE | {"job": "lines"}, "wide": LINE}
    | {"linear_optim": {"epochs": 2}},
    "sweep": {"net": {"over": {"optimizer": ["adam", "adamw"], "lr": [0.1, 0.01]}, "seeds": 1}},
}
OVERLAY["variants"]["wide"] = LINE | {"after": "pixel_l1", "lr": 0.5}
KEPT = ("linear_optim", "linear_sgd")


def written(settings, seed):
    """YAML of settings whose keys, at any depth, are in an order that the seed decides."""

    def shuffled(value):
        if isinstance(value, list):
            return [shuffled(item) for item in value]
        if not isinstance(value, dict):
            return value
        names = list(value)
        random.Random(f"{seed}{names}").shuffle(names)
        return {name: shuffled(value[name]) for name in names}

    return yaml.safe_dump(shuffled(settings), sort_keys=False)


@pytest.fixture(scope="module")
def study(tmp_path_factory, Project):
    """`study(seed)`: a small study whose config and overlay have their keys in another order."""

    def study(seed):
        project = Project(tmp_path_factory.mktemp(f"order{seed}"))
        config = yaml.safe_load((project.folder / "config.yaml").read_text())
        # The shipped ladder; most of its variants are taken out of the file to make the study small.
        config["variants"] = {name: config["variants"][name] for name in KEPT}
        config["datasets"] = {"digits": config["datasets"]["digits"] | {"variants": {}}}
        (project.folder / "config.yaml").write_text(written(config, seed))
        (project.folder / "overlay.yaml").write_text(written(OVERLAY, seed))
        project.snakemake(*RUN)
        return project

    return study


def test_the_order_of_keys_changes_no_byte(study):
    first, second = study(1), study(2)
    assert (first.folder / "overlay.yaml").read_text() != (second.folder / "overlay.yaml").read_text()
    results = [project.results("digits") for project in (first, second)]
    listed = [checksums.read(folder) for folder in results]
    assert listed[0] == listed[1]
    assert {"report.html without costs", "summary.md", "export/models.json", "sweep/net/points.csv"} <= set(listed[0])
    told = [json.loads((folder / "provenance.json").read_text()) for folder in results]
    assert json.dumps(told[0]["config"]) == json.dumps(told[1]["config"])
    assert json.dumps(told[0]["code"]) == json.dumps(told[1]["code"])
    rungs = ["majority", "pixel_l1", "wide", "pixel_l2", *KEPT, "ape", "net", "zoo"]
    assert told[0]["config"]["ladder"] == rungs
    summary = json.loads((results[0] / "evaluate/summary.json").read_text())
    assert list(summary["rungs"]) == rungs
    for project in (first, second):
        (project.folder / "overlay.yaml").write_text(written(OVERLAY, 3))
        assert project.waiting(*RUN) == {}
