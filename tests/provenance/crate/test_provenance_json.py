"""The content of a study's own provenance.json."""

import json
import os
import platform
import shutil
from importlib import metadata

import pytest

from ladder.formats.files import sha256_of

UNTOLD = ("logs", "benchmarks", "checksums")


@pytest.fixture(scope="module")
def told(of_archive):
    return provenance_of(of_archive)


def provenance_of(studied):
    return json.loads((studied.results / "provenance.json").read_text())


def test_every_file_of_the_study_has_its_job_and_its_digest(of_archive, told):
    folder = of_archive.project.folder
    outputs = {path: about for job in told["jobs"] for path, about in job["outputs"].items()}
    files = {path for path in of_archive.results.rglob("*") if path.is_file() and not path.name.startswith(".")}
    files = {path.relative_to(folder).as_posix() for path in files}
    made = {path for path in files if path.split("/")[2] not in (*UNTOLD, "provenance.json", of_archive.path.name)}
    assert set(outputs) == made
    for path, about in outputs.items():
        assert about == {"bytes": (folder / path).stat().st_size, "sha256": sha256_of(folder / path)}


def test_every_job_has_its_run_and_its_times(told):
    assert {job["rule"] for job in told["jobs"]} == {
        *("download", "tensorize", "baseline", "chapter", "train", "evaluate", "figures", "report"),
    }
    (run,) = told["runs"]
    for job in told["jobs"]:
        assert job["run"] == 0
        assert run["called"] <= run["started"] <= job["started"] <= job["ended"] <= run["ended"]
    trained = [job for job in told["jobs"] if job["rule"] == "train"]
    assert [(job["variant"], job["device"]) for job in trained] == [("mine", "cpu"), ("cnn", "cpu")]


def test_the_run_is_told_in_full(told):
    (run,) = told["runs"]
    assert run["command"].startswith("snakemake --cores 2 --configfile mine.yaml --config ")
    assert (run["commit"], run["clean"]) == (None, None)  # the project's copy is no checkout
    assert run["versions"]["torch"] == metadata.version("torch")
    assert run["versions"]["python"] == platform.python_version()
    assert run["machine"]["architecture"] == platform.machine()
    assert run["machine"]["cores"] == os.cpu_count()


def test_config_data_code_and_lock_are_told(of_archive, told):
    folder = of_archive.project.folder
    assert told["config"]["variants"]["mine"]["lr"] == 0.2
    assert told["data"]["files"]["archive"]["sha256"] == told["config"]["datasets"]["mnist_tiny"]["sha256"]
    assert told["data"]["files"]["train"]["sha256"] == sha256_of(of_archive.results / "tensorize/train.safetensors")
    assert set(told["code"]["stages"]) == {job["rule"] for job in told["jobs"]}
    assert set(told["code"]["stages"]["train"]) == {"mine", "cnn"}
    assert "workflow/ladder/models/cnn.py" in told["code"]["files"]
    assert "workflow/ladder/models/resnet18.py" not in told["code"]["files"]
    losses = told["code"]["files"]["workflow/ladder/losses.py"]["definitions"]
    assert {"mnist_loss", "cross_entropy"} <= set(losses)
    assert "mse_sigmoid" not in losses
    assert told["lock"]["sha256"] == sha256_of(folder / "envs/requirements.lock")


RUN = ("--cores", "2", "--configfile", "overlay.yaml")


def test_it_is_written_anew_whenever_something_is_made_anew_and_else_not(changed):
    project, path = changed.project, changed.results / "provenance.json"
    before = path.read_bytes()
    project.snakemake(*RUN, "--keep-going")
    assert path.read_bytes() == before
    # Another call draws a figure, and then makes the report.
    project.edit("workflow/ladder/figures/ladder.py", "    figure = Figure(", "    figure = None\n    figure = Figure(")
    project.snakemake(*RUN)
    told = provenance_of(changed)
    assert len(told["runs"]) == 2
    assert [job["rule"] for job in told["jobs"] if job["run"] == 1] == ["figures", "report"]
    assert project.waiting(*RUN) == {}
    changed.crate()


def test_a_job_whose_record_is_gone_is_told_without(changed):
    shutil.rmtree(changed.results / "logs/train")
    changed.project.snakemake(*RUN, "--forcerun", "report")
    told = provenance_of(changed)
    assert [job["run"] for job in told["jobs"] if job["rule"] == "train"] == [None]
    changed.crate()
