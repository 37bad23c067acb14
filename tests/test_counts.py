"""Counts that decide the speed and are the same in every run: jobs, imports, bytes, kernels."""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import torch
from safetensors.numpy import load_file
from torch.utils._python_dispatch import TorchDispatchMode

from ladder.train import build_model
from ladder.training.batches import Batches, load_split
from ladder.training.history import History
from ladder.training.resume import NoPoints, Progress

# Jobs of the default study, from the archive to the report.
JOBS = {
    "download": 1,
    "tensorize": 1,
    "baseline": 1,
    "chapter": 1,
    "export": 1,
    "train_linear": 1,
    "train_mlp": 1,
    "train_resnet18": 3,
    "train_cnn": 1,
    **{f"figures_{section}": 1 for section in ("results", "trust", "data", "training", "mistakes", "chapter")},
    "evaluate": 1,
    "report": 1,
    "all": 1,
}
# Modules that take longer to import than a small model to train.
HEAVY = ("torch", "torch._dynamo", "torchvision", "fastai", "matplotlib", "scipy", "sklearn", "pandas", "pyarrow")
# Heavy modules that a process with these parts of the library may load.
ALLOWED = {
    "ladder.tensorize, ladder.datasets.archive, ladder.datasets.folder": set(),
    "ladder.baseline": {"pandas", "pyarrow"},
    "ladder.evaluate": {"scipy", "pandas", "pyarrow"},
    "ladder.report.page": {"scipy", "pandas", "pyarrow"},
    "ladder.presentation.artifacts, ladder.presentation.style": {"matplotlib", "pandas", "pyarrow"},
}
# ATen operators of one more batch of an epoch: forward, loss, backward and update.
OPERATORS_A_STEP = {"linear_scratch": 44, "linear_optim": 46, "linear_sgd": 44, "mlp": 45}
OWN_TRAINING = """
import json, sys
from ladder.train import train_block
recipes, train, valid, folder = json.loads(sys.argv[1])
for variant, recipe in recipes.items():
    outputs = {name: f"{folder}/{variant}.{name}" for name in ("weights", "history", "scores", "costs", "failures")}
    train_block(variant, recipe, [0], "cpu", train, valid, outputs)
"""


def loaded_by(code: str, *arguments: str) -> set[str]:
    """Heavy modules that a fresh process has after running `code`."""
    code += f"\nimport sys\nprint(*(name for name in {HEAVY} if name in sys.modules))"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, *arguments]
    printed = subprocess.run(command, env=environment, text=True, capture_output=True, check=True).stdout
    return set(printed.splitlines()[-1].split())


class Operators(TorchDispatchMode):
    """Records each ATen operator, the gradients' too, with its tensors."""

    def __init__(self):
        super().__init__()
        self.called = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.called.append((str(func.overloadpacket), [arg for arg in args if isinstance(arg, torch.Tensor)]))
        return func(*args, **(kwargs or {}))


def test_the_jobs_of_the_default_study(Project, tmp_path):
    assert Project(tmp_path).waiting("--cores", "2", "--resources", "gpu=1") == JOBS


@pytest.mark.parametrize("modules", ALLOWED)
def test_a_job_imports_no_more_than_it_uses(modules):
    assert loaded_by(f"import {modules}") <= ALLOWED[modules]


def test_figures_need_no_torch():
    figures = [path.stem for path in Path(import_module("ladder.figures").__path__[0]).glob("[!_]*.py")]
    assert len(figures) > 10
    assert not loaded_by(f"import {', '.join(f'ladder.figures.{name}' for name in figures)}") & {"torch", "fastai"}


def test_training_in_our_own_loops_needs_neither_fastai_nor_torchvision(learnable, recipe, tmp_path):
    recipes = {name: recipe(name, epochs=1) for name in ("linear_scratch", "linear_sgd", "linear_own_learner", "cnn")}
    recipes["mlp"] = recipe("mlp", trainer="loop", epochs=1)
    told = json.dumps([recipes, learnable.train, learnable.valid, str(tmp_path)])
    loaded = loaded_by(OWN_TRAINING, told)
    assert "torch" in loaded
    assert not loaded & {"torch._dynamo", "fastai", "torchvision", "matplotlib", "sklearn"}


def test_a_tensor_file_is_a_header_and_one_byte_a_pixel(learnable):
    for path in (learnable.train, learnable.valid):
        images = load_file(path)["images"]
        with open(path, "rb") as file:
            header = 8 + int.from_bytes(file.read(8), "little")
        assert images.shape[1:] == (8, 8)
        assert Path(path).stat().st_size == header + len(images) * (8 * 8 + 8)  # a label has eight bytes


def test_a_batch_in_file_order_is_read_where_it_lies(learnable):
    images, targets, _ = load_split(learnable.train, 2, "cpu")
    with Operators() as operators:
        (first, second, *_) = [targets for _, targets in Batches(images, targets, 16)]
    # Batches are read in place: targets are views, and the only copy of pixels is the conversion to floats.
    assert (first.data_ptr(), second.data_ptr()) == (targets.data_ptr(), targets[16:].data_ptr())
    copied = [tensors[0] for name, tensors in operators.called if name == "aten._to_copy"]
    assert [pixels.data_ptr() for pixels in copied] == [images[n:].data_ptr() for n in range(0, len(images), 16)]
    assert {name for name, _ in operators.called} == {"aten.split", "aten._to_copy", "aten.div_"}


@pytest.mark.parametrize("variant", OPERATORS_A_STEP)
def test_the_operators_of_a_training_step(variant, learnable, recipe, one_thread):
    settings = recipe(variant, epochs=1, batch_size=16)
    if variant == "mlp":
        settings |= {"trainer": "loop"}
    images, targets, _ = load_split(learnable.train, 2, "cpu")
    valid = Batches(images[:16], targets[:16], 16)
    counts = [_operators_of_an_epoch(settings, images, targets, valid, batches) for batches in (2, 3)]
    assert 0 < counts[1] - counts[0] <= OPERATORS_A_STEP[variant]


def _operators_of_an_epoch(settings, images, targets, valid, batches):
    train = Batches(images[: batches * 16], targets[: batches * 16], 16)
    model = build_model(settings, tuple(images.shape[1:]), 1)
    fit = import_module(f"ladder.trainers.{settings['trainer']}").fit
    progress = Progress(History("", 0, settings, str), model, train, 0, NoPoints(), {})
    with Operators() as operators:
        fit(model, train, valid, settings, 0, progress)
    return len(operators.called)
