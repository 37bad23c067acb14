"""Runs that are stopped and continue, against runs that nothing stops: the same to the last bit."""

import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from ladder.errors import LadderError
from ladder.formats import states
from ladder.train import History, train_block
from ladder.training import resume

pytestmark = pytest.mark.usefixtures("one_thread")

NAMES = {
    **{"weights": "w.safetensors", "history": "h.csv", "scores": "s.parquet"},
    **{"costs": "c.csv", "failures": "f.csv"},
}
NEVER = {"epochs": None, "minutes": None}
EACH = {"epochs": 1, "minutes": None}
EPOCHS = 5
COMMON = {"epochs": EPOCHS, "batch_size": 32}
NET = {"model": "cnn", "init": "default", "options": {"layers": [[8, 3, 1], [8, 3, 1]]}, "lr": 0.01}
CYCLE = {"schedule": "one_cycle", "loss": "cross_entropy"}
CASES = {
    "by_hand": ("linear_scratch", {"shuffle": False}),
    "by_hand, shuffled": ("linear_scratch", {"shuffle": True}),
    "by_hand, net": ("linear_scratch", NET | {"shuffle": True}),
    "loop, basic": ("linear_optim", {"shuffle": True}),
    "loop, sgd": ("linear_sgd", {"shuffle": False}),
    "loop, sgd and one cycle": ("linear_sgd", CYCLE | {"shuffle": True}),
    "loop, adam and one cycle": ("cnn", NET | CYCLE | {"optimizer": "adam", "shuffle": False}),
    "loop, adamw and one cycle": ("cnn", NET | CYCLE | {"shuffle": True}),
    "loop, bf16": ("cnn", NET | CYCLE | {"shuffle": True, "precision": "bf16"}),
    "own_learner, sgd": ("linear_own_learner", {"shuffle": False}),
    "own_learner, adamw and one cycle": ("cnn", NET | CYCLE | {"trainer": "own_learner", "shuffle": True}),
    "fastai_learner, sgd": ("mlp", {"shuffle": False}),
    "fastai_learner, sgd, shuffled": ("mlp", {"shuffle": True}),
    "fastai_learner, sgd and one cycle": ("mlp", CYCLE | {"shuffle": True}),
    "fastai_learner, adam": ("mlp", {"optimizer": "adam", "lr": 0.01, "shuffle": True}),
    "fastai_learner, adam and one cycle": ("resnet18", NET | CYCLE | {"precision": "fp32"}),
    "loop, balanced sampling": ("linear_sgd", {"shuffle": True, "sampling": "balanced"}),
    "fastai_learner, weights of classes": ("mlp", {"shuffle": True, "class_weights": {"3": 3}}),
    "fastai_learner, resnet18 in bf16": ("resnet18", {"lr": 0.01, "batch_size": 48}),
}


@pytest.fixture
def block(learnable, recipe, tmp_path):
    def block(variant, seeds=(3,), name="block", every=EACH, code="code", **changes):
        """Train a small version of a shipped variant; return the folder with what came of it."""
        outputs = {kind: str(tmp_path / name / file) for kind, file in NAMES.items()}
        shortened = recipe(variant, **COMMON | changes)
        files = learnable.train, learnable.valid
        keeper = resume.Keeper(every, code)
        train_block(variant, shortened, list(seeds), "cpu", *files, outputs, keeper)
        keeper.remove()
        return tmp_path / name

    return block


@pytest.fixture
def stop(monkeypatch):
    """`stop(epoch, seed=3)`: the run of a seed is stopped by Ctrl-C in an epoch, counted from 0, until another call."""
    record = History.record

    def stop(epoch, seed=3):
        def stopped(history, number, *numbers):
            if (history._seed, number) == (seed, epoch):
                raise KeyboardInterrupt
            record(history, number, *numbers)

        monkeypatch.setattr(History, "record", stopped)

    return stop


@pytest.fixture
def stopped(block, stop, tmp_path):
    """`stopped(epoch, variant, seed=3, **options)`: train a block that is stopped there; the folder of its points."""

    def stopped(epoch, variant, seed=3, **options):
        stop(epoch, seed)
        with pytest.raises(KeyboardInterrupt):
            block(variant, **options)
        stop(None)
        return tmp_path / options.get("name", "block") / ".resume"

    return stopped


def artifacts(folder):
    """Bytes of weights and scores, and the history without its seconds."""
    with open(folder / NAMES["history"], newline="") as file:
        history = [{key: value for key, value in row.items() if key != "seconds"} for row in csv.DictReader(file)]
    return (folder / NAMES["weights"]).read_bytes(), (folder / NAMES["scores"]).read_bytes(), history


def costs(folder):
    with open(folder / NAMES["costs"], newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("case", CASES)
def test_a_run_that_continues_ends_as_one_that_was_never_stopped(block, stopped, capsys, case):
    variant, changes = CASES[case]
    expected = artifacts(block(variant, name="undisturbed", every=NEVER, **changes))
    for epoch in (1, 2, EPOCHS - 1):
        name = f"stopped in {epoch}"
        points = stopped(epoch, variant, name=name, **changes)
        assert len(list(points.iterdir())) == 1
        capsys.readouterr()
        found = block(variant, name=name, **changes)
        assert f"{variant} seed 3: continues at epoch {epoch + 1} of {EPOCHS}\n" in capsys.readouterr().out
        assert artifacts(found) == expected
        assert sorted(path.name for path in found.iterdir()) == sorted(NAMES.values())


def test_a_run_may_be_stopped_again_and_again(block, stopped):
    expected = artifacts(block("linear_sgd", name="undisturbed", every=NEVER, shuffle=True))
    for epoch in (1, 1, 3, 4):
        stopped(epoch, "linear_sgd", shuffle=True)
    assert artifacts(block("linear_sgd", shuffle=True)) == expected


KILLED = """
import json, os, signal, sys

from ladder.training.resume import Keeper
from ladder.train import History, train_block

settings = json.loads(sys.argv[1])
record = History.record

def killed(history, epoch, *numbers):
    if epoch == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    record(history, epoch, *numbers)

History.record = killed
keeper = Keeper({"epochs": 1, "minutes": None}, "code")
train_block(**settings, keeper=keeper)
keeper.remove()
"""


@pytest.mark.parametrize("case", ["loop, adamw and one cycle", "fastai_learner, adam and one cycle"])
def test_a_killed_process_is_continued_by_another(block, learnable, recipe, tmp_path, case):
    variant, changes = CASES[case]
    expected = artifacts(block(variant, name="undisturbed", every=NEVER, **changes))
    settings = {
        "variant": variant,
        "recipe": recipe(variant, **COMMON | changes),
        "seeds": [3],
        "device": "cpu",
        "train": learnable.train,
        "valid": learnable.valid,
        "outputs": {kind: str(tmp_path / "killed" / file) for kind, file in NAMES.items()},
    }
    environment = os.environ | {"PYTHONPATH": str(Path(resume.__file__).parents[2])}
    ends = []
    for epoch in (2, 4, -1):
        command = [sys.executable, "-c", KILLED, json.dumps(settings), str(epoch)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        ends.append((done.returncode, "continues at epoch" in done.stdout))
    assert ends == [(-signal.SIGKILL, False), (-signal.SIGKILL, True), (0, True)]
    assert artifacts(tmp_path / "killed") == expected
    assert not (tmp_path / "killed" / ".resume").exists()


@pytest.mark.parametrize("variant", ["linear_sgd", "mlp"])
def test_seeds_that_are_trained_are_not_trained_again(block, stopped, capsys, variant):
    expected = artifacts(block(variant, (2, 3, 4), "undisturbed", every=NEVER))
    stopped(2, variant, seed=4, seeds=(2, 3, 4))
    before = capsys.readouterr().out
    assert "seed 2 epoch 1/5" in before
    assert artifacts(block(variant, (2, 3, 4))) == expected
    said = capsys.readouterr().out
    assert [line for line in said.splitlines() if "resume point" not in line and "train loss" not in line] == [
        f"{variant} seed 2: is trained already",
        f"{variant} seed 3: is trained already",
        f"{variant} seed 4: continues at epoch 3 of 5",
    ]
    assert said.count("train loss") == 3


def test_a_job_of_several_variants_keeps_those_that_are_trained(learnable, recipe, tmp_path, monkeypatch, capsys):
    variants = ("linear_optim", "linear_sgd", "mlp")

    def job(name):
        keeper = resume.Keeper({"epochs": EPOCHS, "minutes": None}, "code")
        for variant in variants:
            outputs = {kind: str(tmp_path / name / variant / file) for kind, file in NAMES.items()}
            settings = recipe(variant, **COMMON)
            train_block(variant, settings, [3], "cpu", learnable.train, learnable.valid, outputs, keeper)
        keeper.remove()
        return [artifacts(tmp_path / name / variant) for variant in variants]

    def stopped(history, epoch, *numbers):
        if (history._variant, epoch) == ("mlp", 2):
            raise KeyboardInterrupt
        record(history, epoch, *numbers)

    expected, record = job("undisturbed"), History.record
    with monkeypatch.context() as patched:
        patched.setattr(History, "record", stopped)
        with pytest.raises(KeyboardInterrupt):
            job("stopped")
    for variant in variants:
        for file in NAMES.values():  # as Snakemake does with what a failed job has written
            (tmp_path / "stopped" / variant / file).unlink(missing_ok=True)
    capsys.readouterr()
    assert job("stopped") == expected
    said = capsys.readouterr().out
    assert [line for line in said.splitlines() if "already" in line] == [
        "linear_optim seed 3: is trained already",
        "linear_sgd seed 3: is trained already",
    ]
    assert said.count("train loss") == EPOCHS
    assert list(tmp_path.glob("stopped/*/.resume")) == []


def test_every_random_generator_goes_on(block, stopped, monkeypatch):
    class Noisy(nn.Module):
        """Its training draws from every generator that is seeded."""

        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(64, 1))

        def forward(self, x):
            noise = random.random() + np.random.normal() + torch.rand(()) if self.training else 1.0
            return x.flatten(1) @ self.weight * noise

    noisy = types.SimpleNamespace(build=lambda *_: Noisy())
    monkeypatch.setitem(sys.modules, "ladder.models.noisy", noisy)
    changes = {"model": "noisy", "optimizer": "adam", "lr": 0.01}
    expected = artifacts(block("linear_sgd", name="undisturbed", every=NEVER, **changes))
    stopped(3, "linear_sgd", **changes)
    random.seed(99), np.random.seed(99), torch.manual_seed(99)
    assert artifacts(block("linear_sgd", **changes)) == expected


def test_a_trainer_that_does_not_ask_starts_over(block, stopped, monkeypatch, capsys):
    def fit(model, train, valid, recipe, progress):
        for epoch in range(recipe["epochs"]):
            for xb, yb in train:
                gradient = torch.autograd.grad((model(xb) - yb).square().mean(), list(model.parameters()))
                for weight, slope in zip(model.parameters(), gradient, strict=True):
                    weight.data -= 0.1 * slope
            progress.record(epoch, 0.5, 0.5, 0.5, 0.0)

    monkeypatch.setitem(sys.modules, "ladder.trainers.plain", types.SimpleNamespace(fit=fit))
    expected = artifacts(block("linear_sgd", name="undisturbed", every=NEVER, trainer="plain"))
    assert not stopped(3, "linear_sgd", trainer="plain").exists()
    capsys.readouterr()
    assert artifacts(block("linear_sgd", trainer="plain")) == expected
    assert capsys.readouterr().out.count("train loss") == EPOCHS


def other_lr(monkeypatch):
    return {"lr": 0.5}


def other_code(monkeypatch):
    return {"code": "edited"}


def other_data(monkeypatch):
    monkeypatch.setattr(resume, "sha256_of", lambda _: "other")
    return {}


def other_version(monkeypatch):
    monkeypatch.setattr(resume.environment, "versions", lambda: {"torch": "1.0"})
    return {}


def other_processor(monkeypatch):
    monkeypatch.setattr(resume, "_processor", lambda: {"model name": "a slide rule"})
    return {}


def other_kernels(monkeypatch):
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    return {}


OTHERS = [other_lr, other_code, other_data, other_version, other_processor, other_kernels]


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: other.__name__)
def test_a_point_of_something_else_is_removed_and_not_used(block, stopped, monkeypatch, capsys, other):
    [stale] = stopped(3, "linear_sgd").iterdir()
    changes = other(monkeypatch)
    stopped(0, "linear_sgd", **changes)
    assert not stale.exists()
    assert f"{stale}: removed, as it is no resume point of this" in capsys.readouterr().out
    assert artifacts(block("linear_sgd", **changes)) == artifacts(
        block("linear_sgd", name="undisturbed", every=NEVER, **changes)
    )


def test_the_processor_is_known_by_its_name_and_abilities(tmp_path):
    one = "processor : 0\nmodel name\t: An Example\ncpu MHz : {}\nflags : fpu avx2\n\n"
    cpuinfo = tmp_path / "cpuinfo"
    for clock in (1000, 3000):
        cpuinfo.write_text(one.format(clock) + one.format(clock).replace(": 0", ": 1"))
        assert resume._processor(cpuinfo) == {"model name": "An Example", "flags": "fpu avx2"}
    assert resume._processor(tmp_path / "nowhere") == {}
    every = {"vendor_id": "us", "cpu family": "6", "model": "1", "model name": "An Example", "flags": "fpu"}
    every |= {"CPU implementer": "0x41", "CPU part": "0xd0c", "Features": "fp asimd"}
    cpuinfo.write_text("".join(f"{name}\t: {value}\n" for name, value in every.items()))
    assert resume._processor(cpuinfo) == every


@pytest.fixture
def key(recipe, learnable):
    return lambda: resume.key_of("mlp", recipe("mlp"), "cpu", [learnable.train], "code")


@pytest.mark.parametrize(
    "name",
    [
        *("ATEN_CPU_CAPABILITY", "CUBLAS_WORKSPACE_CONFIG", "CUDNN_LOGLEVEL_DBG", "DNNL_MAX_CPU_ISA", "MKL_CBWR"),
        *("MKL_ENABLE_INSTRUCTIONS", "NVIDIA_TF32_OVERRIDE", "ONEDNN_MAX_CPU_ISA"),
    ],
)
def test_a_variable_that_chooses_kernels_is_part_of_the_key(monkeypatch, key, name):
    keys = []
    for value in (None, "COMPATIBLE", "AVX2"):
        monkeypatch.setenv(name, value or "")
        if value is None:
            monkeypatch.delenv(name)
        keys.append(key())
    assert len(set(keys)) == 3


def test_the_instructions_that_torch_uses_are_part_of_the_key(monkeypatch, key):
    before = key()
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "SLIDE_RULE")
    assert key() != before


def test_cuda_and_the_gpu_with_its_driver_are_part_of_the_key(monkeypatch, key):
    keys = [key()]
    monkeypatch.setattr(torch.version, "cuda", "99.9")
    keys.append(key())
    columns = {"gpu": "NVIDIA H100", "driver": "1", "peak_gpu_megabytes": 1.0}
    for change in ({}, {"driver": "2"}, {"gpu": "NVIDIA H200"}):
        monkeypatch.setattr(resume.gpu, "columns", lambda _, change=change: columns | change)
        keys.append(key())
    assert len(set(keys)) == 5
    monkeypatch.setattr(resume.gpu, "columns", lambda _: columns | change | {"peak_gpu_megabytes": 2.0})
    assert key() == keys[-1]


@pytest.mark.parametrize("name", ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "HOME"])
def test_what_decides_no_result_changes_no_key(monkeypatch, key, name):
    before = key()
    monkeypatch.setenv(name, "7")
    assert key() == before


def test_the_threads_are_part_of_the_key(recipe, learnable):
    keys = set()
    for threads in (1, 2):
        torch.set_num_threads(threads)
        keys.add(resume.key_of("mlp", recipe("mlp"), "cpu", [learnable.train], "code"))
    assert len(keys) == 2


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def flip(path):
    content = bytearray(path.read_bytes())
    content[-10] ^= 1
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [cut, flip, empty])
def test_a_damaged_point_is_ignored_with_a_line(block, stopped, capsys, damage):
    expected = artifacts(block("mlp", (2, 3), "undisturbed", every=NEVER))
    points = sorted(stopped(3, "mlp", seeds=(2, 3)).iterdir())
    damage(points[-1])
    capsys.readouterr()
    assert artifacts(block("mlp", (2, 3))) == expected
    said = capsys.readouterr().out
    assert f"{points[-1]}: a damaged resume point is ignored: " in said
    assert "mlp seed 2: is trained already\n" in said
    assert "mlp seed 3 epoch 1/5" in said


def test_what_a_kill_leaves_of_a_point_is_removed(block, stopped):
    points = stopped(3, "linear_sgd")
    [point] = points.iterdir()
    part = points / f".{point.name}.123.part"
    shutil.copy(point, part)
    stopped(4, "linear_sgd")
    assert list(points.iterdir()) == [point]


def test_a_failure_of_another_kind_keeps_the_points(block, monkeypatch, tmp_path, capsys):
    def full(*_):
        raise OSError("No space left on device")

    expected = artifacts(block("linear_sgd", (3, 4), "undisturbed", every=NEVER))
    with monkeypatch.context() as patched:
        patched.setattr("ladder.train.tables.write", full)
        with pytest.raises(OSError):
            block("linear_sgd", (3, 4))
    assert len(list((tmp_path / "block" / ".resume").iterdir())) == 2
    capsys.readouterr()
    assert artifacts(block("linear_sgd", (3, 4))) == expected
    assert "train loss" not in capsys.readouterr().out


@pytest.mark.parametrize("error", [OSError, LadderError])
def test_a_point_that_cannot_be_written_is_told_and_ends_nothing(block, monkeypatch, capsys, error):
    def full(*_):
        raise error("No space left on device")

    monkeypatch.setattr(states, "save", full)
    assert artifacts(block("linear_sgd")) == artifacts(block("linear_sgd", name="undisturbed", every=NEVER))
    assert "no resume point could be written: No space left on device\n" in capsys.readouterr().out


def test_where_none_is_due_there_is_no_folder_and_no_digest(block, tmp_path, monkeypatch, stop):
    def refuse(path):
        raise AssertionError("a digest of the data is not for nothing")

    monkeypatch.setattr(resume, "sha256_of", refuse)
    stop(EPOCHS - 1)
    for every in (NEVER, {"epochs": None, "minutes": 60}, {"epochs": EPOCHS, "minutes": None}):
        with pytest.raises(KeyboardInterrupt):
            block("linear_sgd", every=every)
        assert not (tmp_path / "block").exists()


def test_seconds_before_the_kill_count(block, stopped):
    [path] = stopped(3, "linear_sgd", seeds=(2, 3)).glob("seed3-*")
    states.save(path, states.load(path) | {"seconds": 1e6, "cpu_seconds": 1e7})
    for row in costs(block("linear_sgd", (3, 4))):
        assert (float(row["train_seconds"]) > 1e6) == (row["seed"] == "3")
        assert float(row["cpu_seconds"]) > 1e7


class Clock:
    """Stands for the module `time`."""

    now = 0.0

    def monotonic(self):
        return self.now

    perf_counter = process_time = monotonic


@pytest.fixture
def written(monkeypatch, tmp_path):
    """`written(every, told)`: what is written of (minutes that an epoch takes, whether it is a run's last)."""

    def written(every, told):
        clock = Clock()
        monkeypatch.setattr(resume, "time", clock)
        monkeypatch.setattr(resume, "key_of", lambda *_: "key")
        keeper = resume.Keeper(every, "code")
        saved, seed, points = [], 0, keeper.points(tmp_path / "points", "line", {}, "cpu", [])
        monkeypatch.setattr(resume.states, "save", lambda path, _: path.parent.mkdir(exist_ok=True) or path.touch())
        for number, (minutes, last) in enumerate(told):
            clock.now += minutes * 60
            if last:
                points.after_run(seed, {})
                seed += 1
            else:
                points.after_epoch(seed, dict)
            paths = sorted((tmp_path / "points").glob("*"))
            saved += [(number, path.name.partition("-")[0]) for path in paths]
            for path in paths:
                path.unlink()
        return saved

    return written


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        (NEVER, []),
        ({"epochs": 1, "minutes": None}, [(number, "seed0") for number in range(7)]),
        ({"epochs": 3, "minutes": None}, [(2, "seed0"), (5, "seed0")]),
        ({"epochs": None, "minutes": 5}, [(2, "seed0"), (5, "seed0")]),
        ({"epochs": None, "minutes": 4.5}, [(2, "seed0"), (5, "seed0")]),
        ({"epochs": 2, "minutes": 3.5}, [(1, "seed0"), (3, "seed0"), (5, "seed0")]),
        ({"epochs": 4, "minutes": 3.5}, [(1, "seed0"), (3, "seed0"), (5, "seed0")]),
    ],
)
def test_a_point_is_due_after_so_many_epochs_or_minutes(written, every, expected):
    assert written(every, [(2, False)] * 7) == expected


def test_runs_that_are_over_are_written_with_the_next_point(written):
    told = [(1, False), (1, True), (1, False), (1, True), (1, False), (1, False), (1, True)]
    assert written({"epochs": 3, "minutes": None}, told) == [(2, "seed0"), (2, "seed1"), (5, "seed1"), (5, "seed2")]


def test_a_seed_that_failed_leaves_no_point_and_starts_over(block, tmp_path, monkeypatch, capsys):
    def failing(history, epoch, *numbers):
        record(history, epoch, *numbers)
        if (history._seed, epoch) == (3, 2):
            raise ValueError("bad luck")

    record = History.record
    expected = artifacts(block("linear_sgd", (3, 4), name="undisturbed"))
    with monkeypatch.context() as patched:
        patched.setattr(History, "record", failing)
        folder = block("linear_sgd", (3, 4))
    assert "resume point: " in capsys.readouterr().out
    assert not (folder / ".resume").exists()
    assert artifacts(block("linear_sgd", (3, 4))) == expected
    assert "continues at epoch" not in capsys.readouterr().out


def test_a_seed_that_failed_fails_alike_in_a_job_that_is_killed_after_it(block, monkeypatch):
    def ending(seed, epoch, error):
        def record_and_end(history, now, *numbers):
            if (history._seed, now) == (3, 2):
                raise ValueError("bad luck")
            if (history._seed, now) == (seed, epoch):
                raise error
            record(history, now, *numbers)

        return record_and_end

    record = History.record
    monkeypatch.setattr(History, "record", ending(4, 3, KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        block("linear_sgd", (3, 4), name="stopped")
    monkeypatch.setattr(History, "record", ending(None, None, None))
    stopped, undisturbed = block("linear_sgd", (3, 4), name="stopped"), block("linear_sgd", (3, 4), name="undisturbed")
    assert artifacts(stopped) == artifacts(undisturbed)
    failed = [(folder / NAMES["failures"]).read_text() for folder in (stopped, undisturbed)]
    assert failed[0] == failed[1] == "variant,seed,kind,why\nlinear_sgd,3,failed,ValueError: bad luck\n"
