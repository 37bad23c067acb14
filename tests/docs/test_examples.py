"""The pages' examples of plug-ins and of a variant, as a user would copy them."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import yaml

from ladder.config import study
from ladder.provenance import checksums
from tests.docs.written import ROOT, blocks, plug_ins, text_of, write_plug_ins

RUN = ("--cores", "2", "--configfile", "overlay.yaml")
SMALL = {"dataset": "digits", "seeds": 2, "figures": ["ladder"], "try_it": [], "metrics": ["accuracy", "recall"]}
SMALL["ladder"] = ["pixel_l1", "linear_sgd", "linear_mse", "mlp"]
SMALL["variants"] = {
    "linear_sgd": {"epochs": 1, "job": None},
    "linear_mse": {"epochs": 1, "job": None},
    "mlp": {"trainer": "loop", "epochs": 1},
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory, Project):
    """A small study that has come to its end."""
    project = Project(tmp_path_factory.mktemp("examples"))
    for name in ("Makefile", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, project.folder)
    shutil.copytree(ROOT / "docs", project.folder / "docs")
    project.overlay(SMALL)
    project.snakemake(*RUN)
    assert project.waiting(*RUN) == {}
    return project


def crate(folder):
    """Pack the study, as `make crate` does."""
    command = [sys.executable, "-m", "ladder.provenance.crate", "digits"]
    environment = os.environ | {"PYTHONPATH": str(folder / "workflow")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_file_is_promised_or_measured(finished):
    results = finished.results("digits")
    files = {path.relative_to(results) for path in results.rglob("*") if path.is_file() and path.name[0] != "."}
    kept = {path for path in files if path.parts[0] not in ("logs", "benchmarks", "checksums")}
    promised = {Path(name.partition(" without ")[0]) for name in checksums.read(results)}
    assert promised <= kept
    assert {path.name for path in kept - promised} == {
        *("costs.csv", "timings.json", "tables.html", "checksums.sha256", "provenance.json"),
    }


def test_the_page_on_results_has_every_file_and_folder_of_a_study(finished):
    there = {path.name for path in finished.results("digits").iterdir() if path.name[0] != "."}
    told = set(re.findall(r"^ {6}([a-z_.0-9]+)", text_of("docs/results.md"), re.MULTILINE))
    assert there <= told
    assert told - there == {"download", "export", "rounds", "sweep"}  # this study has none


def test_the_workflow_of_the_catalog_is_the_same_study(finished):
    assert finished.waiting("-s", "workflow/Snakefile", *RUN) == {}


def test_there_is_an_example_of_every_plug_in():
    assert sorted(path for path, _, _ in plug_ins()) == [
        "workflow/ladder/baselines/brightness.py",
        "workflow/ladder/datasets/hex_lines.py",
        "workflow/ladder/figures/errors.py",
        "workflow/ladder/losses.py",
        "workflow/ladder/metrics.py",
        "workflow/ladder/models/mlp_deep.py",
        "workflow/ladder/trainers/halving.py",
    ]


@pytest.mark.slow
def test_the_examples_rerun_nothing_until_they_are_asked_for_and_then_work(finished):
    write_plug_ins(finished.folder)
    assert finished.waiting(*RUN) == {}
    huber = {"model": "linear", "trainer": "loop", "optimizer": "sgd", "loss": "huber", "lr": 1.0, "epochs": 5}
    deep = huber | {"model": "mlp_deep", "trainer": "halving", "loss": "cross_entropy", "lr": 0.2, "shuffle": True}
    mine = {"mine": huber | {"batch_size": 16}, "deep": deep | {"batch_size": 16}}
    asked = {"metrics": ["accuracy", "recall", "worst_recall"], "figures": ["ladder", "errors"]}
    asked |= {"ladder": ["brightness", *SMALL["ladder"], *mine], "variants": SMALL["variants"] | mine}
    finished.overlay(SMALL | asked)
    waiting = finished.waiting(*RUN)
    # The chapter shows the mean images, which the rule baseline writes too.
    jobs = {"train_deep": 1, "train_mine": 1, "baseline": 1, "chapter": 1}
    assert waiting == jobs | {"evaluate": 1, "figures_results": 1, "report": 1, "all": 1}
    finished.snakemake(*RUN)
    results = finished.results("digits")
    summary = pd.read_csv(results / "evaluate/summary.csv", keep_default_na=False, dtype={"class": str})
    summary = summary.set_index(["variant", "metric", "class"])["mean"]
    assert summary["mine", "accuracy", ""] > 0.5
    assert summary["deep", "accuracy", ""] > 0.3
    seeds = pd.read_csv(results / "evaluate/metrics.csv", keep_default_na=False).query("variant == 'mine'")
    worst = seeds[seeds["metric"] == "recall"].groupby("seed")["value"].min()
    assert seeds[seeds["metric"] == "worst_recall"].set_index("seed")["value"].equals(worst)
    assert summary["brightness", "accuracy", ""] > 0.12
    history = pd.read_csv(results / "train/deep/0-1/history.csv")
    assert (history.groupby("seed")["train_loss"].last() < history.groupby("seed")["train_loss"].first()).all()
    assert "deep" in (results / "figures/errors.svg").read_text()
    assert "trainer: halving" in (results / "report.html").read_text()
    crate(finished.folder)
    with zipfile.ZipFile(results / "digits-crate.zip") as packed:
        assert {path for path, _, _ in plug_ins()} <= set(packed.namelist())
    finished.overlay(SMALL)
    finished.snakemake(*RUN)


@pytest.mark.slow
def test_the_example_of_a_trainer_passes_the_test_of_all_trainers(finished):
    assert (finished.folder / "workflow/ladder/trainers/halving.py").is_file()
    shutil.copytree(ROOT / "tests/trainers", finished.folder / "tests/trainers")
    for name in ("conftest.py", "runs.py"):
        shutil.copy(ROOT / "tests" / name, finished.folder / "tests")
    command = [sys.executable, "-m", "pytest", "tests/trainers/test_contract.py", "-k", "halving"]
    done = subprocess.run(command, cwd=finished.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"\b(\d+) passed, .*deselected", done.stdout)[1]) > 10


def test_an_edited_loss_retrains_the_variants_that_use_it(finished):
    path = "workflow/ladder/losses.py"
    finished.edit(path, "(outputs - targets).square()", "(targets - outputs).square()")
    waiting = finished.waiting(*RUN)
    # The chapter is made again too: one of its experiments is about this loss.
    assert (waiting["train_linear_mse"], waiting["chapter"]) == (1, 1)
    finished.edit(path, "(targets - outputs).square()", "(outputs - targets).square()")
    assert finished.waiting(*RUN) == {}


@pytest.mark.slow
def test_an_edit_of_a_metric_that_is_not_asked_for_reruns_nothing(finished):
    path = "workflow/ladder/metrics.py"
    finished.edit(path, "return tally.loss / tally.images", "return tally.loss / tally.images + 1")
    assert finished.waiting(*RUN) == {}
    finished.edit(path, "return tally.loss / tally.images + 1", "return tally.loss / tally.images")
    finished.edit(path, "tally.confusion.diagonal(), tally.confusion.sum(1)", "tally.confusion.diagonal(), 1")
    assert finished.waiting(*RUN) == {"evaluate": 1, "figures_results": 1, "report": 1, "all": 1}
    finished.edit(path, "tally.confusion.diagonal(), 1", "tally.confusion.diagonal(), tally.confusion.sum(1)")


@pytest.mark.parametrize("page", ["README.md", "docs/models.md"])
def test_the_example_of_a_variant_stands_where_it_says(shipped, page):
    text = next(block.text for block in blocks("yaml") if block.page == page and block.text.startswith("variants:"))
    wide = yaml.safe_load(text)["variants"]
    (name,), ladder = wide, list(shipped["ladder"])
    shipped["variants"] = wide | shipped["variants"]
    place = ladder.index("mlp") + 1
    assert study.load(shipped).rungs == [*ladder[:place], name, *ladder[place:]]


@pytest.mark.parametrize(
    ("path", "source", "settings", "sentence"),
    [
        (
            "workflow/ladder/losses.py",
            "\n\ndef plain(outputs, targets):\n    return (outputs - targets).mean()\n",
            "variants={linear_sgd: {loss: plain}}",
            "config: variants.linear_sgd.loss: plain of losses.py does not say how the outputs of a model are read; "
            "write @_read_as(...) above it, with one of sigmoid, softmax, identity",
        ),
        (
            "workflow/ladder/figures/mine.py",
            'TITLE = "Mine"\nSECTION = "results"\n\n\ndef draw(summary):\n    pass\n',
            "figures=[mine]",
            "config: figures: mine has no caption; describe the figure in a sentence or two in "
            "workflow/report/mine.rst",
        ),
    ],
)
def test_a_broken_contract_is_a_sentence_before_anything_runs(project, path, source, settings, sentence):
    file = project.folder / path
    file.write_text((file.read_text() if file.exists() else "") + source)
    printed = project.snakemake("--cores", "1", "--config", "dataset=digits", settings, fails=True)
    assert sentence in printed.splitlines()
    assert "Traceback" not in printed
    assert not (project.folder / "results").exists()
