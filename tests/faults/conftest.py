"""A small study of mnist_tiny with every stage, undisturbed and disturbed."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil
import pytest

from ladder.provenance import checksums

PATIENCE = 600  # on a machine however busy
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1  # linux/prctl.h, linux/capability.h
LITTLE = {
    "dataset": "mnist_tiny",
    "seeds": 2,
    "seeds_per_job": 1,
    "ladder": ["pixel_l1", "linear_scratch"],
    "variants": {"linear_scratch": {"epochs": 1}},
    "try_it": [],
    "figures": ["ladder"],
    "metrics": ["accuracy", "log_loss"],
}
STUDIES = {
    # One variant.
    "little": LITTLE,
    # Every stage, and every way to train.
    "whole": LITTLE
    | {
        "ladder": ["pixel_l1", "linear_scratch", "linear_learner", "cnn"],
        "variants": {
            "linear_scratch": {"epochs": 1},
            "linear_learner": {"epochs": 1, "seeds": 1},
            "cnn": {"epochs": 1},
        },
        "sweep": {"linear_optim": {"over": {"lr": [0.1, 1.0]}, "seeds": 2, "runs_per_job": 2}},
        "try_it": ["cnn"],
        "figures": ["ladder", "learning_curves", "confusion"],
    },
}
COMMAND = ("--cores", "2", "--configfile", "overlay.yaml")
RESULTS = "results/mnist_tiny"


def as_anyone() -> None:
    """Prepare a child: root obeys permissions."""
    if os.geteuid() == 0:
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)


class Run:
    """A snakemake in a process group of its own, to be disturbed."""

    def __init__(self, project, *arguments, module="snakemake", within=None, environment=None):
        self.folder = project.folder
        self.output = tempfile.NamedTemporaryFile("w+", prefix="run-")
        own = {"LADDER_ARCHIVES": project.archives, "HOME": str(self.folder), "PYTHONPATH": "workflow"}
        self.process = subprocess.Popen(
            within or [sys.executable, "-m", module, *arguments],
            cwd=self.folder,
            env=os.environ | own | (environment or {}),
            stdout=self.output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=as_anyone,
        )

    @property
    def printed(self) -> str:
        return Path(self.output.name).read_text()

    def family(self) -> list[psutil.Process]:
        """All living processes that this run has started."""
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(self.process.pid).children(recursive=True)
        return []

    def cpu_seconds(self) -> float:
        """CPU seconds of the run so far, which unlike wall time are the same on a busy machine."""
        used = 0.0
        for process in [psutil.Process(self.process.pid), *self.family()]:
            with suppress(psutil.NoSuchProcess):
                used += sum(process.cpu_times()[:4])  # of the process and of its children that have ended
        return used

    def jobs(self, script="") -> list[psutil.Process]:
        """Processes of this run that do a job, by the script that Snakemake wrote for them."""
        processes = []
        for process in self.family():
            with suppress(psutil.NoSuchProcess):
                command = "".join(process.cmdline()[-1:])  # empty if the process has just ended
                processes += [process] if ".snakemake/scripts/" in command and command.endswith(f"{script}.py") else []
        return processes

    def until(self, condition, why="nothing happened") -> None:
        ends = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < ends, f"{why}\n{self.printed[-3000:]}"
            time.sleep(0.1)

    def signal(self, number) -> None:
        """Send a signal to all processes of the run, as a terminal does."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def wait(self, timeout=3_600) -> int:
        return self.process.wait(timeout)

    def end(self) -> None:
        self.signal(signal.SIGKILL)
        self.process.wait(PATIENCE)
        self.output.close()


def processes_in(folder: Path) -> list[psutil.Process]:
    """All processes at work in a folder."""
    processes = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == folder:
                processes.append(process)
    return processes


def jobs_in(printed: str) -> tuple[set[str], set[str]]:
    """Jobs in Snakemake's output: the started jobs and the ended jobs, by their outputs."""
    blocks = re.findall(r"^(?:local)?rule \w+:\n((?:    .*\n)+)", printed, re.MULTILINE)
    fields = [[re.search(rf"^    {key}: (.*)", block, re.MULTILINE) for key in ("jobid", "output")] for block in blocks]
    started = {jobid[1]: output[1] for jobid, output in fields if jobid and output}
    ended = re.findall(r"^Finished jobid: (\d+) ", printed, re.MULTILINE)
    return set(started.values()), {started[jobid] for jobid in ended if jobid in started}


def leftovers(folder: Path) -> list[str]:
    """Files below results/ that no undisturbed run leaves."""
    return [str(path) for pattern in (".*.part", ".download-*") for path in (folder / "results").rglob(pattern)]


@pytest.fixture(scope="session")
def make_project(tmp_path_factory, archive, Project):
    """`make_project(name="little")`: a copy of the project with one of STUDIES in overlay.yaml, not run yet."""

    def make(name="little"):
        project = Project(tmp_path_factory.mktemp(name), str(archive("mnist_tiny.tgz").parent))
        project.overlay(STUDIES[name])
        return project

    return make


@pytest.fixture(scope="session")
def undisturbed(make_project):
    """`undisturbed(name="little")`: the folder of a study that one run has made."""

    @cache
    def undisturbed(name="little"):
        project = make_project(name)
        project.snakemake(*COMMAND)
        return project.folder

    return undisturbed


@pytest.fixture(scope="session")
def expected(undisturbed):
    """`expected(name="little")`: the checksums of an undisturbed study."""

    @cache
    def expected(name="little"):
        return checksums.digests(undisturbed(name) / RESULTS)

    return expected


@pytest.fixture
def start():
    """`start(project, *arguments, ...)`: a Run, which does not outlive the test."""
    runs = []

    def start(project, *arguments, **options):
        runs.append(Run(project, *(arguments or ([] if "module" in options else COMMAND)), **options))
        return runs[-1]

    yield start
    for run in runs:
        run.end()


@pytest.fixture
def jobs_of():
    """`jobs_of(printed)`: the jobs that a run started and the jobs that it ended, by their outputs."""
    return jobs_in


@pytest.fixture
def processes_of():
    """`processes_of(project)`: all processes that are at work in its folder."""
    return lambda project: processes_in(project.folder)


@pytest.fixture
def check(expected):
    """`check(project, name="little")`: the study is as if nothing had happened, and nothing is left over."""

    def check(project, name="little"):
        assert len(expected(name)) > 40
        assert checksums.difference(expected(name), checksums.digests(project.folder / RESULTS)) is None
        assert leftovers(project.folder) == []
        assert processes_in(project.folder) == []

    return check
