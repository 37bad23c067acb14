"""Resume points: a killed job continues where it was, and ends with the same bytes as an uninterrupted job.

A resume point is the state of a run at the end of an epoch: model, optimizer, schedule, random generators, the order of
the data, and the history so far. The result of a finished run is a resume point too, since a job trains several runs.
"""

import hashlib
import json
import random
import re
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ladder.errors import LadderError
from ladder.formats import states
from ladder.formats.files import sha256_of
from ladder.machine import gpu, processor
from ladder.provenance import software
from ladder.training.batches import Batches

# Lines of a processor's description that differ between processors. Other lines differ between cores or over time.
PROCESSOR = ("vendor_id", "cpu family", "model", "model name", "flags", "CPU implementer", "CPU part", "Features")


class Keeper:
    """Writes the resume points of one job, which trains several variants and seeds; removes or keeps them at its end.

    every  `epochs` and `minutes`: resume points are written when either has passed; None stands for never
    code   digest of the code that trains
    """

    def __init__(self, every: dict, code: str) -> None:
        self._every, self._code = every, code
        self.cpu_seconds_before = 0.0  # CPU seconds of this job's killed processes, up to their last resume point
        self._over: dict[tuple[Points, int], dict] = {}  # finished runs that are not yet written
        self._folders: list[Path] = []
        self._start_counting()

    def points(self, folder: Path, variant: str, recipe: dict, device: str, data: list[str]) -> "Points":
        """Return the resume points of one variant's runs, kept in `folder`; `data` are the tensor files."""
        self._folders.append(folder)
        return Points(self, folder, partial(key_of, variant, recipe, device, data, self._code))

    def after_epoch(self, points: "Points", seed: int, state: Callable[[], dict], over: bool) -> None:
        """If resume points are due, write `state()` and all finished runs; if not, a run that is `over` waits."""
        self._epochs += 1
        if over:
            self._over[points, seed] = state()
        if self._is_due():
            self._write(self._over if over else self._over | {(points, seed): state()})

    def remove(self) -> None:
        """Remove all resume points and their folders. Call this method after the job's outputs are written."""
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self) -> None:
        """Keep all points, and write the finished runs that wait. Call this method last, in place of `remove`."""
        if self._over:
            self._write(self._over)

    def _start_counting(self) -> None:
        self._epochs, self._since = 0, time.monotonic()

    def _is_due(self) -> bool:
        epochs, minutes = self._every["epochs"], self._every["minutes"]
        passed = time.monotonic() - self._since
        return (epochs is not None and self._epochs >= epochs) or (minutes is not None and passed >= minutes * 60)

    def _write(self, states_of: dict[tuple["Points", int], dict]) -> None:
        started, paths = time.perf_counter(), []
        try:
            for (points, seed), state in states_of.items():
                paths.append(points.path(seed))
                states.save(paths[-1], state | {"cpu_seconds": points.cpu_seconds()})
        except (OSError, LadderError) as error:  # a full disk, for example
            # The job goes on without the points, and tries again when the next are due.
            print(f"no resume point could be written: {error}")
        else:
            self._over.clear()
            megabytes = sum(path.stat().st_size for path in paths) / 1e6
            print(f"resume point: {megabytes:.2f} MB, written in {time.perf_counter() - started:.2f} s")
        self._start_counting()


class NoPoints:
    """Keeps no resume points: for the short runs of a sweep and for tests, which start over."""

    def load(self, seed: int) -> dict:  # noqa: ARG002
        """Return a run's resume point: its result as `run`, or its state after an epoch; empty if there is none."""
        return {}

    def after_epoch(self, seed: int, state: Callable[[], dict]) -> None:
        """Keep the state of a run if a resume point is due. Do not call this method after the run's last epoch."""

    def after_run(self, seed: int, run: dict) -> None:
        """Keep the result of a finished run, to be written when the next resume point is due."""

    def cpu_seconds(self) -> float:
        """Return the CPU seconds that the job has used so far."""
        return time.process_time()


class Points(NoPoints):
    """The resume points of one variant's runs, one file per seed: seed<n>-<key>.safetensors in `folder`.

    key  function that returns the digest of all that decides the results; points with another digest are removed. The
         function is called only when there is a point to read or to write, since the digest of the data takes time.
    """

    def __init__(self, keeper: Keeper, folder: Path, key: Callable[[], str]) -> None:
        self._keeper, self._folder, self._find_key = keeper, folder, key
        self._key: str | None = None

    def path(self, seed: int) -> Path:
        """Return the path of a run's resume point, which need not exist."""
        if self._key is None:
            self._key = self._find_key()
            self._remove_stale()
        return self._folder / f"seed{seed}-{self._key}.safetensors"

    def load(self, seed: int) -> dict:
        if not self._folder.is_dir() or not (path := self.path(seed)).exists():
            return {}
        try:
            point = states.load(path)
        except states.Damaged as error:
            print(f"{path}: a damaged resume point is ignored: {error}")
            path.unlink()
            return {}
        self._keeper.cpu_seconds_before = max(self._keeper.cpu_seconds_before, point["cpu_seconds"])
        return point

    def after_epoch(self, seed: int, state: Callable[[], dict]) -> None:
        self._keeper.after_epoch(self, seed, state, over=False)

    def after_run(self, seed: int, run: dict) -> None:
        self._keeper.after_epoch(self, seed, lambda: {"run": run}, over=True)

    def cpu_seconds(self) -> float:
        return self._keeper.cpu_seconds_before + time.process_time()

    def _remove_stale(self) -> None:
        """Remove resume points of other settings, data, code or environments, and unfinished files of a killed job."""
        for path in self._folder.glob("*"):
            if not re.fullmatch(rf"seed\d+-{self._key}\.safetensors", path.name):
                print(f"{path}: removed, as it is no resume point of this code, data, environment and settings")
                path.unlink(missing_ok=True)


class Progress:
    """One run as its trainer sees it: the trainer asks for the epochs left and records each epoch here."""

    def __init__(self, history, model: nn.Module, train: Batches, seed: int, points: NoPoints, point: dict) -> None:
        """Take the run's History as `history`, and its resume point in `points` as `point`."""
        self._history, self._seed, self._points, self._point = history, seed, points, point
        self._parts = {"model": model, "order": train}
        self._device = train.images.device.type
        self._resumable, self._seconds_before, self._started = False, 0.0, time.perf_counter()

    def epochs_left(self, **parts) -> range:
        """Return the epochs to train, counted from 0: all, or the epochs after the resume point; its state is restored.

        parts  objects with a state that training depends on, such as an optimizer; each has `state_dict` and
               `load_state_dict`; None is left out

        Call this method once, when everything is built and before training. After a kill, a trainer that does not call
        it starts over.
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
        """Record the numbers of an epoch. Call this method last in the epoch, after validation."""
        self._history.record(epoch, train_loss, valid_loss, accuracy, seconds)
        if self._resumable and epoch + 1 < self._history.epochs:
            self._points.after_epoch(self._seed, self._state)

    def seconds(self) -> float:
        """Return the seconds of training so far, including the seconds before a kill up to the resume point."""
        return self._seconds_before + time.perf_counter() - self._started

    def _state(self) -> dict:
        return {
            "parts": {name: part.state_dict() for name, part in self._parts.items()},
            "random": _random_states(self._device),
            "history": self._history.rows,
            "seconds": self.seconds(),
        }


def key_of(variant: str, recipe: dict, device: str, data: list[str], code: str) -> str:
    """Return the digest of all that decides a run's result besides its seed: settings, data, code and environment."""
    decides = {
        "variant": variant,
        "recipe": recipe,
        "data": [sha256_of(path) for path in data],
        "code": code,
        "environment": _environment(device),
    }
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:16]


def _environment(device: str) -> dict:
    """Return the parts of the environment that decide the last bits of a result. If they change, a run starts over."""
    return {
        "versions": software.versions(),
        "processor": _processor(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "device": device,
        "gpu": {key: value for key, value in gpu.columns(device).items() if key in ("gpu", "driver")},
        "cuda": [torch.version.cuda, torch.backends.cudnn.version() if device == "cuda" else None],
        "kernels": processor.kernel_variables(),
    }


def _processor(cpuinfo: Path | None = None) -> dict[str, str]:
    """Return the first processor's name and features; empty where the system does not provide them (macOS)."""
    return {name: value for name, value in processor.description(cpuinfo).items() if name in PROCESSOR}


def _random_states(device: str) -> dict:
    """Return the state of every random generator that a model or a trainer may draw from."""
    kind, key, *rest = np.random.get_state()
    return {
        "python": random.getstate(),
        "numpy": (kind, key.tolist(), *rest),
        "torch": torch.get_rng_state(),
        **({} if device == "cpu" else {device: getattr(torch, device).get_rng_state()}),
    }


def _set_random_states(saved: dict, device: str) -> None:
    random.setstate(saved["python"])
    np.random.set_state(saved["numpy"])
    torch.set_rng_state(saved["torch"])
    if device != "cpu":
        getattr(torch, device).set_rng_state(saved[device])
