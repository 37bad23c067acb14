"""Studies on a real SLURM, faults included: their files equal those of a local run, byte for byte."""

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
# On this machine training is on the CPU; the jobs ask SLURM for a GPU all the same.
JOBS = ("linear", "linear_optim", "linear_sgd", "mlp", "resnet18", "cnn")
GPUS = tuple(f"train_{job}:gpu=1" for job in JOBS)
SLURM = (*ON_SLURM, "--configfile", "overlay.yaml", "--set-resources", *GPUS)
# No more epochs than these for so few images.
AS_SAID = {"mnist_tiny": {"recipe": {"min_steps": 0, "min_steps_per_class": 0}}}
# For faults: a variant that hangs, one that needs more memory than it has, one that trains long enough to be killed.
FAULTS = {
    "dataset": "mnist_tiny",
    "device": "cpu",
    "seeds": 2,
    "ladder": ["pixel_l1", "linear_optim", "linear_sgd", "cnn"],
    "figures": ["ladder"],
    "datasets": AS_SAID,
    "variants": {
        "linear_optim": {"job": None},
        "linear_sgd": {"job": None, "epochs": 500},
        "cnn": {"epochs": 30},
    },
}
TOO_LITTLE = "train_linear_optim:mem_mb=300 * attempt ** 3"
GRES_LINE = ("# set-resources: {train_linear:", "set-resources: {train_linear_sgd:")
# No GPU is at hand: in place of training, a job waits until two jobs run and writes which GPU it has leased.
PRETEND = """
import os, time
from pathlib import Path


def train_block(variant, outputs, seeds, **_):
    seen, deadline = Path("seen"), time.monotonic() + 120
    seen.mkdir(exist_ok=True)
    (seen / f"{seeds[0]}.started").touch()
    while len(list(seen.glob("*.started"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    (seen / f"{seeds[0]}.gpu").write_text(os.environ["CUDA_VISIBLE_DEVICES"])
    for path in outputs.values():
        Path(path).touch()
"""
TIMINGS = {
    "history.csv": rb",[^,\n]*$",  # the column of seconds
    "report.html": rb'<section id="costs">.*?</section>',
    "tables.html": rb'(?<= data-timing=")[^<]*',
}


def artifacts(results):
    """Path to the SHA-256 of every file of a study, without measurements."""
    digests = {}
    for path in sorted(results.rglob("*")):
        name = path.relative_to(results)
        if (
            path.is_file()
            and name.parts[0] not in ("logs", "benchmarks", "checksums")
            and name.name not in ("costs.csv", "timings.json", "provenance.json")
        ):
            content = path.read_bytes()
            if path.name in TIMINGS:
                content = re.sub(TIMINGS[path.name], b"", content, flags=re.MULTILINE | re.DOTALL)
            digests[str(name)] = hashlib.sha256(content).hexdigest()
    return digests


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
    return {"dataset": "mnist_tiny", "device": "cpu", "seeds": 2, "variants": variants, "datasets": AS_SAID}


@pytest.fixture(scope="module")
def remote(cluster, project, settings):
    study = project(settings)
    study.snakemake(*SLURM)
    return study


@pytest.fixture
def pretending(tmp_path, Project, monkeypatch):
    """A study on simulated GPUs, with two jobs that meet in place of training."""
    study = Project(tmp_path)
    study.overlay(
        {"dataset": "digits", "device": "cuda", "ladder": ["linear_sgd"], "seeds": 2, "seeds_per_job": 1, "figures": []}
    )
    for name in ("train", "valid"):
        path = study.results("digits") / f"tensorize/{name}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    study.edit("workflow/scripts/train.py", "    from ladder.train import", "    from pretend import")
    (study.folder / "workflow/pretend.py").write_text(PRETEND)
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # the folder of the leases
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return study


@pytest.fixture(scope="module")
def unharmed(project):
    """The artifacts of the study of the faults on one machine, without faults."""
    study = project(FAULTS)
    study.snakemake(*LOCAL)
    return artifacts(study.results("mnist_tiny"))


def comment(variant):
    return f"rule_train_{variant}_wildcards_0-1"


def log_of_training(study, variant):
    return study.results("mnist_tiny") / f"logs/train/{variant}/0-1.log"


def is_training(study, variant):
    log = log_of_training(study, variant)
    return log.exists() and " epoch 2/" in log.read_text()


def test_a_study_on_slurm_has_the_artifacts_of_a_local_one(remote, project, settings):
    local = project(settings)
    local.snakemake(*LOCAL)
    expected = artifacts(local.results("mnist_tiny"))
    assert {"report.html", "train/cnn/0-1/weights.safetensors", "figures/ladder.svg"} <= set(expected)
    assert artifacts(remote.results("mnist_tiny")) == expected


def test_each_training_asked_for_a_gpu_memory_and_time_and_nothing_else_was_submitted(remote, cluster):
    jobs = cluster.jobs()
    alone = [comment(variant) for variant in ("mlp", "resnet18", "cnn")]
    assert sorted(job["Comment"] for job in jobs) == sorted([*alone, comment("linear")])
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


@pytest.mark.parametrize(("edit", "asked"), [(None, "TresPerJob"), (GRES_LINE, "TresPerNode")], ids=["gpus", "gres"])
def test_jobs_at_the_same_time_train_on_the_gpus_that_slurm_gave_them(pretending, cluster, edit, asked):
    if edit:
        pretending.edit(f"{PROFILE}/config.yaml", *edit)
    before = len(cluster.jobs())
    targets = [f"results/digits/train/linear_sgd/{seed}-{seed}/costs.csv" for seed in range(2)]
    pretending.snakemake(*targets, *ON_SLURM, "--configfile", "overlay.yaml")
    jobs = cluster.jobs()[before:]
    assert [job["JobState"] for job in jobs] == ["COMPLETED"] * 2
    for job in jobs:
        assert job[asked] == "gres:gpu:1"
        assert not {"TresPerJob", "TresPerNode"} - {asked} & set(job)
    leased = {path.stem: path.read_text() for path in (pretending.folder / "seen").glob("*.gpu")}
    assert set(leased) == {"0", "1"}
    assert set(leased.values()) == {"0", "1"}


@pytest.fixture(scope="module")
def harmed(project, cluster, wait_until, request):
    """A study with a killed job, a job that hung for longer than its time, and a job that needed too much memory."""
    study = project(FAULTS)
    one_minute = "train_linear_sgd:runtime=1"
    with in_the_background(study, *SLURM, TOO_LITTLE, one_minute, "--retries", "0", fails=True):
        harms = {
            "linear_sgd": lambda job: [process.suspend() for process in cluster.processes(job)],
            "cnn": lambda job: cluster.ask("scancel", "--signal=KILL", job),
        }
        while harms:  # SLURM decides which of the two starts first
            variant = wait_until(lambda: next((name for name in harms if is_training(study, name)), None))
            harms.pop(variant)(cluster.running(comment(variant)))
        request.getfixturevalue("unharmed")  # run here, while SLURM waits for the minute to be over
    return study


def test_a_kill_a_hanging_job_and_too_little_memory_end_jobs_and_the_others_go_on(harmed, cluster):
    ends = {job["Comment"]: job["JobState"] for job in cluster.jobs()[-3:]}
    assert ends == {
        comment("cnn"): "CANCELLED",
        comment("linear_sgd"): "TIMEOUT",
        comment("linear_optim"): "FAILED",
    }
    written = [path.name for path in harmed.results("mnist_tiny").glob("train/*/*/*")]
    assert written == []
    assert (harmed.results("mnist_tiny") / "baseline/pixel_l1/scores.parquet").exists()


def test_the_rerun_completes_the_study_though_a_node_dies_and_a_job_needs_more_memory(
    harmed, cluster, unharmed, wait_until
):
    before = len(cluster.jobs())
    log_of_training(harmed, "cnn").unlink()
    with in_the_background(harmed, *SLURM, TOO_LITTLE):
        wait_until(lambda: is_training(harmed, "cnn"))
        cluster.kill_node()
        cluster.restart_node()
    assert artifacts(harmed.results("mnist_tiny")) == unharmed
    jobs = cluster.jobs()[before:]
    assert [job["Restarts"] for job in jobs if job["Comment"] == comment("cnn")] == ["1"]
    asked = [job["MinMemoryNode"] for job in jobs if job["Comment"] == comment("linear_optim")]
    assert asked == ["300M", "2400M"]
    assert harmed.waiting(*LOCAL) == {}
