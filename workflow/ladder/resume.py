"""Resume points: a job that is killed continues where it was, and ends with the same bytes as one that was not.

A point is the state of a run at the end of an epoch: model, optimizer, schedule, random generators, the order of the
data, and the history so far. What came of a run that is over is one too, since a job trains several.
"""

import hashlib
import json
import os
import random
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ladder import environment, gpu, states
from ladder.batches import Batches
from ladder.files import sha256_of

# Variables that choose among the kernels of a library, which differ in the last bits.
KERNELS = re.compile(r"(ATEN|CUBLAS|CUDNN|DNNL|MKL|NVIDIA_TF32|ONEDNN)_(?!NUM_THREADS)")
# What tells processors apart, of the lines of /proc/cpuinfo; the others tell their cores and moments apart.
PROCESSOR = ("vendor_id", "cpu family", "model", "model name", "flags", "CPU implementer", "CPU part", "Features")


class NoPoints:
    """For runs that start over: a sweep's, which are short, and tests'."""

    def __init__(self) -> None:
        self._cpu_seconds_before = 0.0

    def load(self, name: str) -> dict:  # noqa: ARG002
        """What is kept of a run: `run`, what came of it, or the state after an epoch; empty where nothing is."""
        return {}

    def after_epoch(self, name: str, state: Callable[[], dict]) -> None:
        """Keep the state of a run if a point is due; not to be called after its last epoch."""

    def after_run(self, name: str, run: dict) -> None:
        """Keep what came of a run, as soon as a point is due."""

    def remove(self) -> None:
        """Remove all that is kept, when the job's outputs are written."""

    def cpu_seconds(self) -> float:
        """CPU seconds of this process, and of those before it up to their last point."""
        return self._cpu_seconds_before + time.process_time()


class Points(NoPoints):
    """The points of one job's runs, in a folder of their own: <variant>-seed<n>-<key>.safetensors.

    every  `epochs` and `minutes` of work after which a point is written, whichever are over first; None is never
    key    digest of what decides the result; points of another are removed. It is asked for when there is a point to
           read or to write, since a digest of the data takes its time.
    """

    def __init__(self, folder: Path, every: dict, key: Callable[[], str]) -> None:
        super().__init__()
        self._folder, self._every, self._find_key = folder, every, key
        self._key: str | None = None
        self._over: dict[str, dict] = {}  # runs not yet written
        self._start_counting()

    def load(self, name: str) -> dict:
        if not self._folder.is_dir():
            return {}
        path = self._path(name)
        if not path.exists():
            return {}
        try:
            point = states.load(path)
        except states.Damaged as error:
            print(f"{path}: a damaged resume point is ignored: {error}")
            path.unlink()
            return {}
        self._cpu_seconds_before = max(self._cpu_seconds_before, point["cpu_seconds"])
        return point

    def after_epoch(self, name: str, state: Callable[[], dict]) -> None:
        self._epochs += 1
        if self._is_due():
            self._write({name: state()})

    def after_run(self, name: str, run: dict) -> None:
        self._epochs += 1
        self._over[name] = {"run": run}
        if self._is_due():
            self._write({})

    def remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start_counting(self) -> None:
        self._epochs, self._since = 0, time.monotonic()

    def _is_due(self) -> bool:
        epochs, minutes = self._every["epochs"], self._every["minutes"]
        passed = time.monotonic() - self._since
        return (epochs is not None and self._epochs >= epochs) or (minutes is not None and passed >= minutes * 60)

    def _write(self, running: dict[str, dict]) -> None:
        started = time.perf_counter()
        points = self._over | running
        try:
            for name, state in points.items():
                states.save(self._path(name), state | {"cpu_seconds": self.cpu_seconds()})
        except OSError as error:
            # The job can do without, and tries again when the next is due.
            print(f"no resume point could be written: {error}")
        else:
            self._over.clear()
            megabytes = sum(self._path(name).stat().st_size for name in points) / 1e6
            print(f"resume point: {megabytes:.2f} MB, written in {time.perf_counter() - started:.2f} s")
        self._start_counting()

    def _path(self, name: str) -> Path:
        if self._key is None:
            self._key = self._find_key()
            self._remove_others()
        return self._folder / f"{name}-{self._key}.safetensors"

    def _remove_others(self) -> None:
        """Remove points of other settings, data, code or environments, and what was being written when a job died."""
        for path in self._folder.glob("*"):
            if not re.fullmatch(rf"\w+-seed\d+-{self._key}\.safetensors", path.name):
                print(f"{path}: removed, as it is no resume point of this code, data, environment and settings")
                path.unlink(missing_ok=True)


class Progress:
    """One run as its trainer sees it: the epochs that are left, and who is told of each."""

    def __init__(self, history, model: nn.Module, train: Batches, name: str, points: NoPoints, point: dict) -> None:
        """`history` is a train.History, `point` what `points` has kept of this run."""
        self._history, self._name, self._points, self._point = history, name, points, point
        self._parts = {"model": model, "order": train}
        self._device = train.images.device.type
        self._resumable, self._seconds_before, self._started = False, 0.0, time.perf_counter()

    def epochs_left(self, **parts) -> range:
        """The epochs to train, counted from 0: all, or those after a resume point, whose state is brought back.

        parts  what else has a state that training depends on: `state_dict` and `load_state_dict` of each, such as an
               optimizer, keep it; None is left out

        To be called once, when all is built and nothing is trained. After a kill a trainer that does not call it starts
        over.
        """
        self._resumable = True
        self._parts |= {name: part for name, part in parts.items() if part is not None}
        if self._point:
            for name, part in self._parts.items():
                part.load_state_dict(self._point["parts"][name])
            _set_random_states(self._point["random"], self._device)
            self._seconds_before = self._point["seconds"]
            self._history.continue_after(self._point["history"])
        return range(len(self._history.rows), self._history.epochs)

    def record(self, epoch: int, train_loss: float, valid_loss: float, accuracy: float, seconds: float) -> None:
        """Take the numbers of an epoch, when it is over: after validation, with nothing of it left to do."""
        self._history.record(epoch, train_loss, valid_loss, accuracy, seconds)
        if self._resumable and epoch + 1 < self._history.epochs:
            self._points.after_epoch(self._name, self._state)

    def seconds(self) -> float:
        """Seconds of training so far, those before a kill included, up to the point from which it continued."""
        return self._seconds_before + time.perf_counter() - self._started

    def _state(self) -> dict:
        return {
            "parts": {name: part.state_dict() for name, part in self._parts.items()},
            "random": _random_states(self._device),
            "history": self._history.rows,
            "seconds": self.seconds(),
        }


def key_of(recipes: dict[str, dict], device: str, data: list[str], code: str) -> str:
    """Digest of what decides the results of a job beside the seeds: settings, tensor files, code and environment."""
    decides = {
        "recipes": recipes,
        "data": [sha256_of(path) for path in data],
        "code": code,
        "environment": _environment(device),
    }
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:16]


def _environment(device: str) -> dict:
    """What decides the last bits of a result: on another processor, or another GPU, a run starts over."""
    return {
        "versions": environment.versions(),
        "processor": _processor(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "device": device,
        "gpu": {key: value for key, value in gpu.columns(device).items() if key in ("gpu", "driver")},
        "cuda": [torch.version.cuda, torch.backends.cudnn.version() if device == "cuda" else None],
        "kernels": {name: value for name, value in os.environ.items() if KERNELS.match(name)},
    }


def _processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> dict[str, str]:
    """The first processor's name and abilities; empty where /proc has none (macOS)."""
    if not cpuinfo.exists():
        return {}
    lines = [line.partition(":") for line in cpuinfo.read_text().split("\n\n")[0].splitlines()]
    return {name.strip(): value.strip() for name, _, value in lines if name.strip() in PROCESSOR}


def _random_states(device: str) -> dict:
    """The state of every generator that a model, a trainer or fastai may draw from."""
    kind, key, *rest = np.random.get_state()
    return {
        "python": random.getstate(),
        "numpy": (kind, key.tolist(), *rest),
        "torch": torch.get_rng_state(),
        **({} if device == "cpu" else {device: getattr(torch, device).get_rng_state()}),
    }


def _set_random_states(found: dict, device: str) -> None:
    random.setstate(found["python"])
    np.random.set_state(found["numpy"])
    torch.set_rng_state(found["torch"])
    if device != "cpu":
        getattr(torch, device).set_rng_state(found[device])
