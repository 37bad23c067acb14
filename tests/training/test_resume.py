"""Runs that are stopped and continue equal runs that nothing stops, to the last bit."""

import json
import os
import random
import signal
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from ladder.formats import states
from ladder.train import train_block
from ladder.training import resume
from ladder.training.history import History
from tests.blocks import NAMES
from tests.training.resumed import COMMON, EPOCHS, NEVER, artifacts, costs

pytestmark = pytest.mark.usefixtures("one_thread")

NET = {"model": "cnn", "init": "default", "options": {"layers": [[8, 3, 1], [8, 3, 1]]}, "lr": 0.01}
CYCLE = {"schedule": "one_cycle", "loss": "cross_entropy"}
# Models and orders of the images. tests/trainers/ has every trainer with all that it knows.
CASES = {
    "in file order": ("linear_scratch", {"shuffle": False}),
    "shuffled": ("linear_scratch", {"shuffle": True}),
    "balanced": ("linear_sgd", {"shuffle": True, "sampling": "balanced"}),
    "weights of classes": ("mlp", {"shuffle": True, "class_weights": {"3": 3}}),
    "a net by hand": ("linear_scratch", NET | {"shuffle": True}),
    "a net": ("cnn", NET | CYCLE | {"shuffle": True}),
    "a net in bf16": ("cnn", NET | CYCLE | {"shuffle": True, "precision": "bf16"}),
    "a hidden layer": ("mlp", {"shuffle": True}),
    "a net as resnet18 is trained": ("resnet18", NET | CYCLE | {"precision": "fp32"}),
    "resnet18 in bf16": ("resnet18", {"lr": 0.01, "batch_size": 48}),
}


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=pytest.mark.slow if "resnet18" in case else ()) for case in CASES]
)
def test_a_run_that_continues_ends_as_one_that_was_never_stopped(block, stopped, capsys, case):
    variant, changes = CASES[case]
    expected = artifacts(block(variant, name="undisturbed", every=NEVER, **changes))
    for epoch in (1, 2, EPOCHS - 1):
        name = f"stopped in {epoch}"
        points = stopped(epoch, variant, name=name, **changes)
        assert len(list(points.iterdir())) == 1
        capsys.readouterr()
        folder = block(variant, name=name, **changes)
        assert f"{variant} seed 3: continues at epoch {epoch + 1} of {EPOCHS}\n" in capsys.readouterr().out
        assert artifacts(folder) == expected
        assert sorted(path.name for path in folder.iterdir()) == sorted(NAMES.values())


def test_a_run_may_be_stopped_again_and_again(block, stopped):
    expected = artifacts(block("linear_sgd", name="undisturbed", every=NEVER, shuffle=True))
    for epoch in (1, 1, 3, 4):
        stopped(epoch, "linear_sgd", shuffle=True)
    assert artifacts(block("linear_sgd", shuffle=True)) == expected


KILLED = """
import json, os, signal, sys

from ladder.training.resume import Keeper
from ladder.train import train_block
from ladder.training.history import History

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


@pytest.mark.slow
@pytest.mark.parametrize("case", ["a net", "a net as resnet18 is trained"])
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
        for file in NAMES.values():  # as Snakemake removes the files of a failed job
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
    def fit(model, train, valid, recipe, seed, progress):
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
    monkeypatch.setattr(resume.software, "versions", lambda: {"torch": "1.0"})
    return {}


def other_processor(monkeypatch):
    monkeypatch.setattr(resume, "_processor", lambda: {"model name": "a slide rule"})
    return {}


def other_kernels(monkeypatch):
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    return {}


OTHERS = [other_lr, other_code, other_data, other_version, other_processor, other_kernels]


@pytest.mark.parametrize("change", OTHERS, ids=lambda change: change.__name__)
def test_a_point_of_something_else_is_removed_and_not_used(block, stopped, monkeypatch, capsys, change):
    [stale] = stopped(3, "linear_sgd").iterdir()
    changes = change(monkeypatch)
    stopped(0, "linear_sgd", **changes)
    assert not stale.exists()
    assert f"{stale}: removed, as it is no resume point of this" in capsys.readouterr().out
    assert artifacts(block("linear_sgd", **changes)) == artifacts(
        block("linear_sgd", name="undisturbed", every=NEVER, **changes)
    )


def test_seconds_before_the_kill_count(block, stopped):
    [path] = stopped(3, "linear_sgd", seeds=(2, 3)).glob("seed3-*")
    states.save(path, states.load(path) | {"seconds": 1e6, "cpu_seconds": 1e7})
    for row in costs(block("linear_sgd", (3, 4))):
        assert (float(row["train_seconds"]) > 1e6) == (row["seed"] == "3")
        assert float(row["cpu_seconds"]) > 1e7
