"""Training jobs on simulated GPUs: the training is replaced, scheduling and leases are real."""

import json
from collections import Counter

import pytest

TRAIN = "        from ladder.train import train_block\n        from ladder.training.resume import Keeper\n"
PRETEND = '''
import json, os, time
from pathlib import Path


class Keeper:
    def __init__(self, *_):
        pass

    def remove(self):
        pass


def train_block(variant, outputs, seeds, **_):
    """Wait until TOGETHER jobs have started, and write when this one ran, and on which GPU."""
    started, seen = time.monotonic(), Path("seen")
    seen.mkdir(exist_ok=True)
    (seen / f"{variant}{seeds[0]}.started").touch()
    while len(list(seen.glob("*.started"))) < int(os.environ["TOGETHER"]) and time.monotonic() < started + 60:
        time.sleep(0.02)
    time.sleep(0.3)
    for path in outputs.values():
        Path(path).touch()
    gpu, ended = os.environ.get("CUDA_VISIBLE_DEVICES"), time.monotonic()
    (seen / f"{variant}{seeds[0]}.json").write_text(json.dumps({"gpu": gpu, "started": started, "ended": ended}))
'''


@pytest.fixture
def trained(project, monkeypatch):
    """`trained(together, *arguments, **settings)`: six training jobs that meet so many at a time; their GPUs."""
    for name in ("train", "valid", "test"):
        path = project.results("digits") / "tensorize" / f"{name}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    project.edit("workflow/scripts/train.py", TRAIN, "        from pretend import Keeper, train_block\n")
    (project.folder / "workflow" / "pretend.py").write_text(PRETEND)
    monkeypatch.setenv("TMPDIR", str(project.folder))

    def trained(together, *arguments, **settings):
        monkeypatch.setenv("TOGETHER", str(together))
        study = {"dataset": "digits", "seeds": 6, "seeds_per_job": 1, "ladder": ["linear_sgd"]}
        config = [f"{key}={json.dumps(value)}" for key, value in (study | settings).items()]
        targets = [f"results/digits/train/linear_sgd/{seed}-{seed}/costs.csv" for seed in range(6)]
        common = ("--cores", "8", "--allowed-rules", "train_linear_sgd", *arguments, "--config", *config, "--")
        project.snakemake(*common, *targets)
        return [json.loads(path.read_text()) for path in sorted((project.folder / "seen").glob("*.json"))]

    return trained


def at_a_time(jobs):
    """The largest number of jobs on each GPU at any moment, and on all together."""
    most = Counter()
    for moment in (job["started"] for job in jobs):
        running = [job for job in jobs if job["started"] <= moment < job["ended"]]
        most |= Counter(job["gpu"] for job in running) | Counter(all=len(running))
    return most


@pytest.mark.parametrize(
    ("gpus", "jobs_per_gpu", "expected"),
    [
        ("gpu=1", 1, {"4": 1, "all": 1}),
        ("gpu=1", 2, {"4": 2, "all": 2}),  # one GPU, though there are two
        ("gpu=3", 1, {"4": 1, "5": 1, "all": 2}),  # more GPUs than there are: the third job waits
        (None, 1, {"4": 1, "5": 1, "all": 2}),  # all GPUs
        ("mem_mb=90000", 2, {"4": 2, "5": 2, "all": 4}),
    ],
)
def test_jobs_get_gpus_of_their_own(trained, monkeypatch, gpus, jobs_per_gpu, expected):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5")
    arguments = ("--resources", gpus) if gpus else ()
    jobs = trained(expected["all"], *arguments, device="cuda", jobs_per_gpu=jobs_per_gpu)
    assert len(jobs) == 6
    assert at_a_time(jobs) == expected


def test_on_a_cpu_they_fill_the_cores_whatever_is_asked_for(trained, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    jobs = trained(6, "--resources", "gpu=1", device="cpu", jobs_per_gpu=2)
    assert at_a_time(jobs) == {None: 6, "all": 6}
