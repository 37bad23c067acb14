"""Jobs of a real study that are killed in the middle of their training, compared with an undisturbed study."""

import csv
import os
import re
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest

from ladder.formats.files import sha256_of

pytestmark = pytest.mark.slow
# The hand-written loop, in a job with another variant, and fastai's Learner with its one-cycle.
VARIANTS = {
    "linear_optim": {"epochs": 20},
    "linear_sgd": {"epochs": 200},
    "mlp": {"epochs": 100, "optimizer": "adam", "lr": 0.01, "schedule": "one_cycle"},
}
JOBS = {"linear": "linear_sgd", "mlp": "mlp"}
FILES = [f"results/mnist_tiny/train/{variant}/0-1/weights.safetensors" for variant in VARIANTS]
RUN = ("--cores", "2", "--configfile", "overlay.yaml", "--keep-going")
# Epoch of both seeds at which each attempt of a job is killed, counted for the variant that JOBS names.
KILLS = {"linear": (5, 90, 230), "mlp": (5, 40, 120)}


@pytest.fixture
def make(tmp_path, archive, Project):
    """`make(name, **settings)`: the project in a folder of its own, to train the variants with two seeds."""

    def make(name, **settings):
        (tmp_path / name).mkdir()
        project = Project(tmp_path / name, str(archive("mnist_tiny.tgz").parent))
        # No more epochs than in VARIANTS, and shuffled, since a resume point holds the order too.
        source = {"recipe": {"min_steps": 0, "min_steps_per_class": 0}}
        source["variants"] = {name: {"shuffle": True} for name in JOBS.values()}
        project.overlay(
            {"dataset": "mnist_tiny", "device": "cpu", "seeds": 2, "ladder": list(VARIANTS), "variants": VARIANTS}
            | {"datasets": {"mnist_tiny": source}}
            | settings
        )
        return project

    return make


def artifacts(project):
    """Variant to the SHA-256 of its files, and its history without seconds."""
    by_variant = {}
    for variant in VARIANTS:
        folder = project.results("mnist_tiny") / "train" / variant / "0-1"
        by_variant[variant] = [sha256_of(folder / name) for name in ("weights.safetensors", "scores.parquet")]
        with open(folder / "history.csv", newline="") as file:
            by_variant[variant].append([row | {"seconds": None} for row in csv.DictReader(file)])
    return by_variant


def epochs_told(log, variant):
    """The number of finished epochs of a variant's two seeds."""
    epochs = VARIANTS[variant]["epochs"]
    told = re.findall(rf"{variant} seed (\d) epoch (\d+)/", log.read_text()) if log.exists() else []
    return int(told[-1][0]) * epochs + int(told[-1][1]) if told else 0


def training(run, log):
    """The process of a job that writes a log: the parent of the process that copies the output there."""
    for process in psutil.Process(run.pid).children(recursive=True):
        with suppress(psutil.Error):  # the process has ended meanwhile
            if process.name() == "tee" and process.cmdline()[-1] == log:
                return process.parent()
    return None


class Killer:
    """Kills each attempt of a job at its epoch; `said` has the log of each."""

    def __init__(self, project, job):
        self._name = f"results/mnist_tiny/logs/train/{job}/0-1.log"
        self._log = project.folder / self._name
        self._variant, self._left = JOBS[job], list(KILLS[job])
        self.said = []

    def look(self, run):
        if not self._left or epochs_told(self._log, self._variant) < self._left[0]:
            return
        process = training(run, self._name)
        if process is not None:
            process.kill()
            process.wait()
            self.said.append(self._log.read_text())
            self._log.unlink()  # the next log is the next attempt's
            self._left.pop(0)


def run_and_kill(project, killers):
    """Run snakemake, which tries a killed job twice more."""
    environment = os.environ | {"LADDER_ARCHIVES": project.archives, "HOME": str(project.folder)}
    command = [sys.executable, "-m", "snakemake", *FILES, *RUN, "--retries", "2"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=project.folder, env=environment, **quiet) as run:
        while run.poll() is None:
            for killer in killers.values():
                killer.look(run)
            time.sleep(0.01)
    return run.returncode


def test_jobs_that_are_killed_continue_and_end_with_the_same_bytes(make):
    undisturbed = make("undisturbed", resume_points={"minutes": None})
    undisturbed.snakemake(*FILES, *RUN)
    expected = artifacts(undisturbed)

    project = make("killed", resume_points={"epochs": 1})
    killers = {job: Killer(project, job) for job in JOBS}
    assert run_and_kill(project, killers) != 0
    assert len(list(project.results("mnist_tiny").rglob(".resume"))) == len(VARIANTS)
    project.snakemake(*FILES, *RUN)
    for job, variant in JOBS.items():
        first, *retries = killers[job].said
        last = (project.results("mnist_tiny") / f"logs/train/{job}/0-1.log").read_text()
        assert len(retries) == 2
        assert "continues at epoch" not in first
        for log in (*retries, last):
            assert re.search(rf"{variant} seed \d: continues at epoch \d+ of {VARIANTS[variant]['epochs']}\n", log), log
        assert f"{variant} seed 0: is trained already" in last
    assert "linear_optim seed 1: is trained already" in "".join(killers["linear"].said)
    assert artifacts(project) == expected
    assert list(project.results("mnist_tiny").rglob(".resume")) == []
    assert list(project.results("mnist_tiny").rglob("*.part")) == []

    project.edit("overlay.yaml", "epochs: 1\n", "epochs: 2\n  minutes: 3\n")
    assert project.waiting(*FILES, *RUN) == {}
