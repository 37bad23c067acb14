"""Studies on a real SLURM, faults included: what comes out is what a local run makes, to the byte."""

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.slurm

CONFIG = Path(__file__).resolve().parents[2] / "config.yaml"
LOCAL = ("--cores", "4", "--resources", "gpu=1", "--configfile", "overlay.yaml")
PROFILE = "profiles/slurm"
ON_SLURM = ("--workflow-profile", PROFILE, "--slurm-init-seconds-before-status-checks", "2")
# On this machine training is on the CPU; what is asked of SLURM is a GPU all the same.
SLURM = (*ON_SLURM, "--configfile", "overlay.yaml", "--set-resources", "train:gpu=1")
# For faults: one variant to hang, one to need more memory than it is given, one that trains for long enough to be hit.
FAULTS = {
    "dataset": "mnist_tiny",
    "device": "cpu",
    "seeds": 2,
    "ladder": ["pixel_l1", "linear_optim", "linear_sgd", "cnn"],
    "figures": ["ladder"],
    "variants": {"linear_sgd": {"epochs": 500}, "cnn": {"epochs": 30}},
}
TOO_LITTLE = "train:mem_mb=300 * attempt ** 3 if wildcards.variant in 'linear_optim' else 4000"
TIMINGS = {
    "history.csv": rb",[^,\n]*$",  # the column of seconds
    "report.html": rb'<section id="costs">.*?</section>',
    "tables.html": rb'(?<= data-timing=")[^<]*',
}


def artifacts(results):
    """SHA-256 of every file of a study by path, of all but what was measured while it ran."""
    found = {}
    for path in sorted(results.rglob("*")):
        name = path.relative_to(results)
        if (
            path.is_file()
            and name.parts[0] not in ("logs", "benchmarks")
            and name.name not in ("costs.csv", "timings.json", "provenance.json")
        ):
            content = path.read_bytes()
            if path.name in TIMINGS:
                content = re.sub(TIMINGS[path.name], b"", content, flags=re.MULTILINE | re.DOTALL)
            found[str(name)] = hashlib.sha256(content).hexdigest()
    return found


@contextmanager
def in_the_background(project, *arguments, **expected):
    with ThreadPoolExecutor() as pool:
        run = pool.submit(project.snakemake, *arguments, **expected)
        yield run
        run.result()


@pytest.fixture(scope="module")
def project(tmp_path_factory, archive, Project):
    """`project(settings)`: a copy of the project with these settings in its overlay.yaml."""

    def make(settings):
        made = Project(tmp_path_factory.mktemp("study"), str(archive("mnist_tiny.tgz").parent))
        made.overlay(settings)
        return made

    return make


@pytest.fixture(scope="module")
def settings():
    """mnist_tiny in full: all variants, two seeds, one epoch."""
    variants = {name: {"epochs": 1} for name in yaml.safe_load(CONFIG.read_text())["variants"]}
    return {"dataset": "mnist_tiny", "device": "cpu", "seeds": 2, "variants": variants}


@pytest.fixture(scope="module")
def remote(cluster, project, settings):
    study = project(settings)
    study.snakemake(*SLURM)
    return study


@pytest.fixture(scope="module")
def unharmed(project):
    """What the study of the faults makes on one machine, without any."""
    study = project(FAULTS)
    study.snakemake(*LOCAL)
    return artifacts(study.results("mnist_tiny"))


def comment(variant):
    return f"rule_train_wildcards_{variant}_0-1"


def is_training(study, variant):
    log = study.results("mnist_tiny") / f"logs/train/{variant}/0-1.log"
    return log.exists() and " epoch 2/" in log.read_text()


def test_a_study_on_slurm_has_the_artifacts_of_a_local_one(remote, project, settings):
    local = project(settings)
    local.snakemake(*LOCAL)
    expected = artifacts(local.results("mnist_tiny"))
    assert {"report.html", "train/cnn/0-1/weights.safetensors", "figures/ladder.svg"} <= set(expected)
    assert artifacts(remote.results("mnist_tiny")) == expected


def test_each_training_asked_for_a_gpu_memory_and_time_and_nothing_else_was_submitted(remote, cluster):
    jobs = cluster.jobs()
    blocks = remote.results("mnist_tiny").glob("train/*/*")
    assert {job["Comment"] for job in jobs} == {
        f"rule_train_wildcards_{path.parent.name}_{path.name}" for path in blocks
    }
    for job in jobs:
        assert job["JobState"] == "COMPLETED"
        assert job["TresPerJob"] == "gres:gpu:1"
        assert (job["Requeue"], job["CPUs/Task"]) == ("1", "1")
        assert int(job["MinMemoryNode"].removesuffix("M")) > 4000
        assert job["TimeLimit"] != "UNLIMITED"


def test_local_runs_and_runs_on_slurm_alternate_with_nothing_rerun(remote, settings, cluster):
    assert remote.waiting(*LOCAL) == {}
    remote.overlay(settings | {"variants": settings["variants"] | {"mlp": {"epochs": 2}, "cnn": {"epochs": 2}}})
    first, second = (f"results/mnist_tiny/train/{variant}/0-1/scores.parquet" for variant in ("mlp", "cnn"))
    remote.snakemake(first, *LOCAL)
    before = len(cluster.jobs())
    remote.snakemake(first, second, *SLURM)
    assert [job["Comment"] for job in cluster.jobs()[before:]] == [comment("cnn")]
    for run in (LOCAL, SLURM):
        assert remote.waiting(first, second, *run) == {}


def test_where_a_cluster_wants_gres_a_line_of_the_profile_asks_for_it(remote, settings, cluster):
    remote.edit(f"{PROFILE}/config.yaml", "# set-resources: {train:", "set-resources: {train:")
    remote.overlay(settings | {"variants": settings["variants"] | {"linear_optim": {"epochs": 2}}})
    target = "results/mnist_tiny/train/linear_optim/0-1/scores.parquet"
    remote.snakemake(target, *ON_SLURM, "--configfile", "overlay.yaml")
    last = cluster.jobs()[-1]
    assert (last["Comment"], last["JobState"]) == (comment("linear_optim"), "COMPLETED")
    assert last["TresPerNode"] == "gres:gpu:1"
    assert "TresPerJob" not in last


def test_what_a_kill_a_hanging_job_and_too_little_memory_leave_is_completed_by_a_rerun(
    project, cluster, wait_until, request
):
    study = project(FAULTS)
    before = len(cluster.jobs())
    one_minute = "train:runtime=1 if wildcards.variant in 'linear_sgd' else 30"
    with in_the_background(study, *SLURM, TOO_LITTLE, one_minute, "--retries", "0", fails=True):
        wait_until(lambda: is_training(study, "linear_sgd"))
        for process in cluster.processes(cluster.running(comment("linear_sgd"))):
            process.suspend()
        wait_until(lambda: is_training(study, "cnn"))
        cluster.ask("scancel", "--signal=KILL", cluster.running(comment("cnn")))
        unharmed = request.getfixturevalue("unharmed")  # here: SLURM waits for the minute to be over
    ends = {job["Comment"]: job["JobState"] for job in cluster.jobs()[before:]}
    assert ends == {
        comment("cnn"): "CANCELLED",
        comment("linear_sgd"): "TIMEOUT",
        comment("linear_optim"): "FAILED",
    }
    study.snakemake(*SLURM)
    assert artifacts(study.results("mnist_tiny")) == unharmed


def test_a_node_that_dies_costs_a_restart_and_a_job_over_its_memory_gets_more(project, cluster, unharmed, wait_until):
    study = project(FAULTS)
    before = len(cluster.jobs())
    with in_the_background(study, *SLURM, TOO_LITTLE):
        wait_until(lambda: is_training(study, "cnn"))
        cluster.kill_node()
        cluster.restart_node()
    assert artifacts(study.results("mnist_tiny")) == unharmed
    jobs = cluster.jobs()[before:]
    assert [job["Restarts"] for job in jobs if job["Comment"] == comment("cnn")] == ["1"]
    asked = [job["MinMemoryNode"] for job in jobs if job["Comment"] == comment("linear_optim")]
    assert asked == ["300M", "2400M"]
