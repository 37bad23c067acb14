"""The workflow called from other folders, as a module of another workflow, and from a read-only installation."""

import html
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests import runs

ROOT = Path(__file__).resolve().parents[2]
STUDY = ("--config", "dataset=digits", "seeds=1", "ladder=[pixel_l1, linear_sgd]", "figures=[ladder]")
PLAN = ("-n", "--quiet", "rules")
MODULE = """
configfile: "{project}/config.yaml"
module ladder:
    snakefile: "{project}/Snakefile"
    config: {config}
use rule * from ladder as ladder_*
rule mine:
    default_target: True
    input: rules.ladder_all.input
"""


def snakemake(folder, *arguments, fails=False):
    folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"HOME": str(folder), "PWD": str(folder), "LADDER_ARCHIVES": ""}
    ended = runs.call(runs.snakemake, *arguments, folder=folder, environment=environment)
    assert (ended.status != 0) == fails, ended.printed[-5000:]
    assert "Traceback" not in ended.printed
    return ended.printed


def run_module(folder, installation, module, *arguments):
    """`python -m` of a module of the installation's library, in a folder elsewhere."""
    environment = os.environ | {"HOME": str(folder), "PWD": str(folder), "LADDER_ARCHIVES": ""}
    environment["PYTHONPATH"] = str(installation / "workflow")
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True, check=True)
    return done.stdout + done.stderr


def jobs(printed):
    lines = printed[printed.index("\njob ") :].splitlines()[3:]
    return {line.split()[0] for line in lines[: lines.index("")]} - {"total"}


def files_of(folder):
    return sorted(str(path) for path in folder.rglob("*"))


@pytest.fixture(scope="module")
def installation(tmp_path_factory, Project):
    """A checkout that nobody may write to, with a commit."""
    folder = tmp_path_factory.mktemp("installation")
    Project(folder)
    for name in ("README.md", "Makefile", "pyproject.toml"):  # files of a crate
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "docs", folder / "docs")
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "one"]):
        names = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
        subprocess.run(["git", "-C", folder, *names, *command], check=True)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode & ~0o222)
    yield folder
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o200)


@pytest.fixture(scope="module")
def project(tmp_path_factory, Project):
    """The study where the Snakefile lies, with which all others are compared."""
    project = Project(tmp_path_factory.mktemp("project"))
    project.snakemake("--cores", "2", *STUDY)
    return project


@pytest.fixture(scope="module")
def away(tmp_path_factory, installation):
    """The study in a folder of its own, of an installation elsewhere."""
    folder = tmp_path_factory.mktemp("away")
    before = files_of(installation)
    snakemake(folder, "-s", str(installation / "Snakefile"), "--cores", "2", *STUDY)
    assert files_of(installation) == before
    return folder


def checksums(folder):
    return (folder / "results/digits/checksums.sha256").read_text()


def test_another_folder_and_an_installation_to_read_change_no_byte(project, away):
    assert checksums(away) == checksums(project.folder)
    assert sorted(path.name for path in away.iterdir() if path.name[0] != ".") == ["results"]


@pytest.mark.slow
def test_a_given_folder_changes_no_byte_and_the_run_can_be_gone_on_with(project, installation):
    place = project.folder.parent / "place"
    relative = os.path.relpath(installation / "Snakefile", place)
    (place / "sub").mkdir(parents=True)
    (place / "mine.yaml").write_text("dataset: digits\nseeds: 1\n")
    options = ("--configfile", "mine.yaml", "--config", *STUDY[3:])
    snakemake(place, "-s", relative, "--directory", "sub/study", "--cores", "2", *options)
    assert checksums(place / "sub/study") == checksums(project.folder)
    printed = run_module(place / "sub/study", installation, "ladder.runtime.session", *PLAN)
    assert f"snakemake -s {relative} --directory sub/study" in printed
    assert "Nothing to be done" in printed


@pytest.mark.slow
def test_a_module_changes_no_byte(project, installation):
    folder = project.folder.parent / "importer"
    folder.mkdir()
    (folder / "Snakefile").write_text(MODULE.format(project=installation, config="config"))
    before = files_of(installation)
    snakemake(folder, "--cores", "2", *STUDY)
    assert files_of(installation) == before
    assert checksums(folder) == checksums(project.folder)
    assert (folder / ".snakemake/digits.lock").exists()  # no second run of it at the same time


def test_what_made_it_is_the_installation_and_its_paths_are_told_nowhere(away, installation):
    told = json.loads((away / "results/digits/provenance.json").read_text())
    head = subprocess.run(["git", "-C", installation, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    assert {run["commit"] for run in told["runs"]} == {head.stdout.strip()}
    assert told["runs"][0]["command"].startswith("snakemake -s Snakefile --cores 2 ")
    for path in (away / "results").rglob("*"):
        if path.is_file():
            assert str(installation).encode() not in path.read_bytes(), path
            assert str(away).encode() not in path.read_bytes(), path


@pytest.mark.slow
def test_crate_and_verification_need_no_project_where_they_are_called(away, installation):
    assert "digits-crate.zip" in run_module(away, installation, "ladder.provenance.crate", "digits")
    printed = run_module(away, installation, "ladder.provenance.verify", "--cores", "2", *STUDY)
    assert re.search(r"^results/digits: \d+ artifacts, the same in a fresh run$", printed, re.MULTILINE)


def test_the_command_on_the_page_makes_the_same_study(project):
    page = html.unescape((project.results("digits") / "report.html").read_text())
    command = page.split("from the project's folder: <code>")[1].split("</code>")[0]
    options = "--config dataset=digits seeds=1 'ladder=[pixel_l1, linear_sgd]' 'figures=[ladder]'"
    assert command == f"snakemake --cores 4 --resources gpu=1 {options}"
    # All rules have the same params, so the study is the same: nothing is left to be done.
    assert project.waiting(*shlex.split(command)[1:]) == {}


@pytest.mark.slow
def test_settings_that_need_a_file_are_on_the_page_and_make_the_same_study(tmp_path, Project):
    project = Project(tmp_path)
    changes = {"dataset": "digits", "ladder": ["pixel_l1"], "figures": ["ladder"]}
    changes["datasets"] = {"digits": {"valid_fraction": 0.3}}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(changes, sort_keys=False))
    project.snakemake("--cores", "2", "--configfile", "mine.yaml")
    page = html.unescape((project.results("digits") / "report.html").read_text())
    command = "snakemake --cores 4 --resources gpu=1 --configfile study.yaml"
    text = page.split(f"<code>{command}</code>")[1].split("<pre>")[1].split("</pre>")[0]
    assert yaml.safe_load(text) == changes
    (project.folder / "study.yaml").write_text(text)
    assert project.waiting(*shlex.split(command)[1:]) == {}


def test_a_report_of_a_study_that_is_not_there_is_refused_with_the_call_of_one_that_is(project):
    printed = project.snakemake("--report", fails=True)
    assert printed.strip().splitlines()[-2:] == [
        "results/mnist_sample: holds no finished study, so there is nothing to report on; run the study "
        "first, or report on one that is there:",
        "snakemake --report digits.html --config dataset=digits seeds=1 'ladder=[pixel_l1, linear_sgd]' "
        "'figures=[ladder]'",
    ]
    printed = project.snakemake("--report", "--config", "dataset=digits", fails=True)
    assert "\nresults/digits: holds a study of other settings, so there is nothing to report on" in printed
    project.snakemake("--report", "ours.html", *STUDY)
    assert (project.folder / "ours.html").exists()


def test_a_config_that_is_gone_is_named(tmp_path, Project):
    (tmp_path / "installation").mkdir()
    project = Project(tmp_path / "installation")
    config = project.folder / "config.yaml"
    shutil.move(config, tmp_path / "whole.yaml")
    sentence = (
        "config: ../installation/config.yaml: no such file; it holds every setting and lies beside the Snakefile, so "
        "put it back"
    )
    call = ("-s", str(project.folder / "Snakefile"), *PLAN)
    assert snakemake(tmp_path / "away", *call, fails=True).strip().splitlines()[-1] == sentence
    (tmp_path / "mine.yaml").write_text("seeds: 1\n")
    few = snakemake(tmp_path / "away", *call, "--configfile", str(tmp_path / "mine.yaml"), fails=True)
    assert few.strip().splitlines()[-1] == sentence
    # A config that is given whole needs no other.
    snakemake(
        *(tmp_path / "away", *call, "--configfile", str(tmp_path / "whole.yaml"), "--replace-workflow-config"),
        *("--config", "dataset=digits"),
    )


def test_a_config_that_is_not_read_is_named(tmp_path, installation):
    (tmp_path / "config.yaml").write_text("seeds: 1\n")
    call = ("-s", str(installation / "Snakefile"), *PLAN)
    sentence = (
        "config.yaml: not read, since only the config.yaml beside the Snakefile is; --configfile config.yaml adds it"
    )
    assert sentence in snakemake(tmp_path, *call, *STUDY)
    assert sentence not in snakemake(tmp_path, *call, "--configfile", "config.yaml", *STUDY)


@pytest.fixture
def importer(tmp_path, installation):
    """`importer(text)`: a folder with a workflow of one's own; {project} in it is the installation."""

    def write(text):
        (tmp_path / "Snakefile").write_text(text.replace("{project}", str(installation)))
        return tmp_path

    return write


def test_a_module_without_a_config_has_the_shipped_one(importer):
    folder = importer(MODULE.replace('configfile: "{project}/config.yaml"', "").replace("    config: {config}\n", ""))
    planned = jobs(snakemake(folder, *PLAN, *STUDY))
    assert {"ladder_train_linear_sgd", "ladder_report", "mine"} <= planned


def test_rules_of_a_module_can_be_changed_and_left_out(importer):
    more = """
use rule train_linear_sgd from ladder as ladder_train_linear_sgd with:
    threads: 2
onstart:
    ladder.onstart()
"""
    folder = importer(MODULE.replace("{config}", "config") + more)
    assert "ladder_train_linear_sgd" in jobs(snakemake(folder, *PLAN, *STUDY))


TWO = """
import copy
configfile: "{project}/config.yaml"
THEIRS = {"mine": 1, "ladder": config}
module small:
    snakefile: "{project}/Snakefile"
    config: THEIRS["ladder"]
use rule * from small as small_*
OTHER = THEIRS["ladder"] | {"dataset": "other", CHANGE}
module other:
    snakefile: "{project}/Snakefile"
    config: OTHER
use rule * from other as other_*
assert "passed_over" not in THEIRS["ladder"] and "recipe" not in THEIRS["ladder"]["datasets"]["mnist_sample"]
localrules: all
rule all:
    default_target: True
    input: rules.small_all.input, rules.other_all.input
"""
OTHER = ("--config", "dataset=digits", "seeds=1", "ladder=[linear_sgd]", "datasets={other: {kind: sklearn_digits}}")


def test_two_studies_are_modules_of_one_workflow(importer):
    folder = importer(TWO.replace("CHANGE", ""))
    printed = snakemake(folder, *PLAN, *OTHER)
    assert {"small_train_linear_sgd", "other_train_linear_sgd", "small_report", "other_report", "all"} <= jobs(printed)


def test_studies_of_one_workflow_share_what_a_process_has_once(importer):
    folder = importer(TWO.replace("CHANGE", '"reproducibility": "strict", "device": "cpu"'))
    printed = snakemake(folder, *PLAN, *OTHER, fails=True)
    sentence = (
        "config: device: cpu here, and auto in another module of this workflow; studies of one workflow share this"
    )
    assert printed.strip().splitlines()[-1].startswith(sentence)


def test_a_prefix_is_refused(importer):
    folder = importer(MODULE.replace("{config}", "config\n    prefix: 'sub'"))
    printed = snakemake(folder, *PLAN, *STUDY, fails=True)
    assert printed.strip().splitlines()[-1].startswith("config: a module with a prefix is not possible here")
