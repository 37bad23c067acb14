"""The promise of checksums.sha256, one circumstance after another: a small study with every model and every trainer."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from ladder.formats import scores
from ladder.provenance import checksums

pytestmark = pytest.mark.slow
RUN = ("--cores", "2", "--configfile", "overlay.yaml")
LADDER = ("linear_scratch", "linear_own_learner", "mlp", "resnet18", "cnn")
STUDY = {
    "dataset": "mnist_tiny",
    "seeds": 2,
    "ladder": ["pixel_l1", "pixel_l2", *LADDER],
    "try_it": ["mlp"],
    "sweep": {"linear_own_learner": {"over": {"lr": [0.5, 1.0]}, "seeds": 1}},
    # One pass over the 709 images; for the ResNet, whose steps are slow, two steps.
    "datasets": {"mnist_tiny": {"recipe": {"min_steps": 0, "min_steps_per_class": 0}}},
    "variants": {name: {"epochs": 1, "seeds_per_job": 2} for name in LADDER}
    | {"resnet18": {"epochs": 1, "seeds_per_job": 2, "batch_size": 354}},
}


@pytest.fixture(scope="module")
def start(archive, Project):
    """`start(folder)`: the small study's project in a folder, not yet run."""

    def start(folder):
        folder.mkdir(parents=True, exist_ok=True)
        project = Project(folder, str(archive("mnist_tiny.tgz").parent))
        project.overlay(STUDY)
        return project

    return start


@pytest.fixture(scope="module")
def reference(start, tmp_path_factory):
    project = start(tmp_path_factory.mktemp("reference"))
    project.snakemake(*RUN)
    return project


@pytest.fixture(scope="module")
def expected(reference):
    return checksums.read(reference.results("mnist_tiny"))


@pytest.fixture
def copied(reference, tmp_path):
    """A copy of the whole working folder with its results, elsewhere."""
    copy = object.__new__(type(reference))
    copy.folder, copy.archives = tmp_path / "elsewhere", reference.archives
    shutil.copytree(reference.folder, copy.folder)
    return copy


def found_in(project):
    """The listed digests of the study, after a check that the files have them."""
    results = project.results("mnist_tiny")
    assert checksums.read(results) == checksums.digests(results)
    return checksums.read(results)


def order_of_jobs(project):
    logs = project.results("mnist_tiny") / "logs"
    return [path.relative_to(logs) for path in sorted(logs.rglob("*.log"), key=lambda path: path.stat().st_mtime_ns)]


def test_the_list_names_all_that_lies_there_but_what_holds_times(reference, expected):
    results = reference.results("mnist_tiny")
    assert found_in(reference) == expected
    made = {path.relative_to(results).as_posix() for path in results.rglob("*") if path.is_file()}
    made = {path for path in made if path.partition("/")[0] not in ("logs", "benchmarks", "checksums")}
    rest = made - {name.partition(" without ")[0] for name in expected}
    times = ("costs.csv", "timings.json", "tables.html", "provenance.json", checksums.FILE)
    assert {path.rpartition("/")[2] for path in rest} == set(times)
    told = subprocess.run(["sha256sum", "--check", "--strict", "--quiet", checksums.FILE], cwd=results, check=False)
    assert told.returncode == 0


def test_verified_with_one_core_in_a_fresh_folder(reference, expected):
    verified = subprocess.run(
        [sys.executable, "-m", "ladder.provenance.verify", "--cores", "1", "--configfile", "overlay.yaml"],
        cwd=reference.folder,
        env=os.environ | {"PYTHONPATH": str(reference.folder / "workflow"), "LADDER_ARCHIVES": reference.archives},
        text=True,
        capture_output=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stderr[-3000:]
    last = verified.stdout.splitlines()[-1]
    assert last == f"results/mnist_tiny: {len(expected)} artifacts, the same in a fresh run"
    assert not list(reference.folder.parent.glob("*-verify-*"))


def test_in_other_circumstances(start, reference, expected, tmp_path):
    """More cores, another order of jobs, another path with a space in it, clock, hashes of strings, umask, locale."""
    project = start(tmp_path / "ein anderer Ort")
    with open(project.folder / "Snakefile", "a") as file:
        file.write(
            "\n\nimport random\n\nfor one in workflow.rules:\n"
            "    one.priority = lambda wildcards, name=one.name: random.Random(f'{name} {wildcards}').randrange(100)\n"
        )
    circumstances = {
        "TZ": "Pacific/Kiritimati",
        "PYTHONHASHSEED": "6",
        "COLUMNS": "40",
        "LADDER_ARCHIVES": project.archives,
    }
    # A locale with ASCII alone.
    circumstances |= {"LC_ALL": "C", "LANG": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "snakemake", "--cores", "4", "--configfile", "overlay.yaml"]
    told = {"cwd": project.folder, "env": os.environ | circumstances, "capture_output": True, "umask": 0o077}
    run = subprocess.run(command, **told, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    assert (project.results("mnist_tiny") / "report.html").stat().st_mode & 0o777 == 0o600
    assert order_of_jobs(project) != order_of_jobs(reference)
    assert checksums.difference(expected, found_in(project)) is None


def test_interrupted_and_run_again(start, expected, tmp_path):
    project = start(tmp_path)
    results, moments = project.results("mnist_tiny"), random.Random(6)
    for after in ("tensorize/index.csv", "train/mlp/0-1/costs.csv", "evaluate/summary.json"):
        interrupt(project, results / after, moments.uniform(0, 2))
    project.snakemake(*RUN)
    assert checksums.difference(expected, found_in(project)) is None


def interrupt(project, awaited: Path, seconds: float) -> None:
    """Start the study, and press Ctrl-C so long after a file is there."""
    study = subprocess.Popen(
        [sys.executable, "-m", "snakemake", *RUN],
        cwd=project.folder,
        env=os.environ | {"LADDER_ARCHIVES": project.archives},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not awaited.exists() and study.poll() is None:
            time.sleep(0.05)
        time.sleep(seconds)
        assert study.poll() is None, f"the study ended before it was interrupted, {awaited} or not"
        os.killpg(study.pid, signal.SIGINT)
        assert study.wait(600) != 0
    finally:
        if study.poll() is None:
            os.killpg(study.pid, signal.SIGKILL)


def test_a_seed_alone_is_as_in_a_block(start, reference, expected, tmp_path):
    project = start(tmp_path)
    single = {
        "variants": {name: recipe | {"seeds_per_job": 1} for name, recipe in STUDY["variants"].items()},
        "sweep": {name: sweep | {"runs_per_job": 1} for name, sweep in STUDY["sweep"].items()},
    }
    project.overlay(STUDY | single)
    project.snakemake(*RUN)
    digests = found_in(project)
    in_blocks = re.compile(r"(train|sweep)/\w+/\d+-\d+/")
    elsewhere = [name for name in expected if not in_blocks.match(name)]
    # The page shows the config, which has the size of a block.
    assert [name for name in elsewhere if digests[name] != expected[name]] == ["report.html without costs"]
    for variant in LADDER:
        by_seed, by_block = (place.results("mnist_tiny") / "train" / variant for place in (project, reference))
        block = load_file(by_block / "0-1/weights.safetensors")
        _, scored = scores.read(by_block / "0-1/scores.parquet")
        history = [line.rpartition(",")[0] for line in (by_block / "0-1/history.csv").read_text().splitlines()]
        for seed in (0, 1):
            alone = load_file(by_seed / f"{seed}-{seed}/weights.safetensors")
            assert alone.keys() == {name for name in block if name.startswith(f"seed{seed}.")}
            assert all(alone[name].tobytes() == block[name].tobytes() for name in alone), variant
            own_scores = scores.read(by_seed / f"{seed}-{seed}/scores.parquet")[1][seed][1]
            assert own_scores.tobytes() == scored[seed][1].tobytes()
            lines = (by_seed / f"{seed}-{seed}/history.csv").read_text().splitlines()
            assert [line.rpartition(",")[0] for line in lines] == [history[0], history[1 + seed]]


def test_moved_and_gone_on_with(copied, expected):
    results = copied.results("mnist_tiny")
    for name in ("evaluate", "figures", "export", "chapter", "baseline"):
        shutil.rmtree(results / name)
    for name in ("report.html", checksums.FILE):
        (results / name).unlink()
    jobs = copied.waiting(*RUN)
    assert not any(rule.startswith("train_") for rule in jobs)
    assert {"baseline", "chapter", "evaluate", "export", "report"} < jobs.keys()
    copied.snakemake(*RUN)
    assert checksums.difference(expected, found_in(copied)) is None


def test_a_tampered_artifact_is_noticed_before_it_is_used(copied, expected):
    path = copied.results("mnist_tiny") / "train/mlp/0-1/scores.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    printed = copied.snakemake(*RUN, fails=True)
    assert (
        "error: results/mnist_tiny/train/mlp/0-1/scores.parquet: changed since a job wrote it (its SHA-256 was "
        f"{expected['train/mlp/0-1/scores.parquet'][:8]}…" in printed
    )
    assert "Traceback" not in printed
    assert not (copied.results("mnist_tiny") / "evaluate/metrics.csv").exists()
    # As the error says: to delete the file is not enough, since files that were made from it may still be there.
    advice = re.search(r"run again with (--forcerun) (\S+), which makes it anew", printed)
    assert copied.waiting(*RUN, *advice.groups())["train_mlp"] == 1
    copied.snakemake(*RUN, *advice.groups())
    assert checksums.difference(expected, found_in(copied)) is None


def test_artifacts_of_another_version_are_a_sentence(copied):
    # Like a folder of results from before there were records, without Snakemake's metadata.
    results = copied.results("mnist_tiny")
    shutil.rmtree(copied.folder / ".snakemake")
    shutil.rmtree(results / "checksums")
    table = results / "evaluate/summary.json"
    table.write_text('{"rungs": {}}')
    (results / "report.html").unlink()
    printed = copied.snakemake(*RUN, fails=True)
    assert "not written by this version of the project, which cannot use it (" in printed
    assert "Traceback" not in printed
