"""Resume points: a job that is killed continues where it was, and ends with the same bytes as one that was not.

A point is the state of a run at the end of an epoch: model, optimizer, schedule, random generators, the order of the
data, and the history so far. What came of a run that is over is one too, since a job trains several.
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
from ladder.machine import environment, gpu, processor
from ladder.training.batches import Batches

# Lines of a processor's description that tell processors apart; the others tell cores and moments apart.
PROCESSOR = ("vendor_id", "cpu family", "model", "model name", "flags", "CPU implementer", "CPU part", "Features")


class Keeper:
    """Writes the resume points of one job, which trains several variants and seeds, and removes them when it is done.

    every  `epochs` and `minutes` of work after which points are written, whichever are over first; None is never
    code   digest of the code that trains
    """

    def __init__(self, every: dict, code: str) -> None:
        self._every, self._code = every, code
        self.cpu_seconds_before = 0.0  # of the processes before this one, up to their last point
        self._over: dict[tuple[Points, int], dict] = {}  # runs that are not yet written
        self._folders: list[Path] = []
        self._start_counting()

    def points(self, folder: Path, variant: str, recipe: dict, device: str, data: list[str]) -> "Points":
        """The points of one variant's runs, in a folder of their own; `data` are the tensor files."""
        self._folders.append(folder)
        return Points(self, folder, partial(key_of, variant, recipe, device, data, self._code))

    def after_epoch(self, points: "Points", seed: int, state: Callable[[], dict], over: bool) -> None:
        """Write `state()` if it is time, and with it all runs that are over; a run that is `over` waits until then."""
        self._epochs += 1
        if over:
            self._over[points, seed] = state()
        if self._is_due():
            self._write(self._over if over else self._over | {(points, seed): state()})

    def remove(self) -> None:
        """Remove all points, and their folders; to be called when the job's outputs are written."""
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)

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
            # The job can do without, and tries again when the next is due.
            print(f"no resume point could be written: {error}")
        else:
            self._over.clear()
            megabytes = sum(path.stat().st_size for path in paths) / 1e6
            print(f"resume point: {megabytes:.2f} MB, written in {time.perf_counter() - started:.2f} s")
        self._start_counting()


class NoPoints:
    """For runs that start over: a sweep's, which are short, and tests'."""

    def load(self, seed: int) -> dict:  # noqa: ARG002
        """What is kept of a run: `run`, what came of it, or the state after an epoch; empty where nothing is."""
        return {}

    def after_epoch(self, seed: int, state: Callable[[], dict]) -> None:
        """Keep the state of a run if a point is due; not to be called after its last epoch."""

    def after_run(self, seed: int, run: dict) -> None:
        """Keep what came of a run, as soon as a point is due."""

    def cpu_seconds(self) -> float:
        """CPU seconds that the job has used so far."""
        return time.process_time()


class Points(NoPoints):
    """The points of one variant's runs, by seed: seed<n>-<key>.safetensors in `folder`.

    key  gives the digest of what decides the results; points of another are removed. It is asked for when there is a
         point to read or to write, since a digest of the data takes its time.
    """

    def __init__(self, keeper: Keeper, folder: Path, key: Callable[[], str]) -> None:
        self._keeper, self._folder, self._find_key = keeper, folder, key
        self._key: str | None = None

    def path(self, seed: int) -> Path:
        """Where the point of a run is, or will be."""
        if self._key is None:
            self._key = self._find_key()
            self._remove_others()
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

    def _remove_others(self) -> None:
        """Remove points of other settings, data, code or environments, and what was being written when a job died."""
        for path in self._folder.glob("*"):
            if not re.fullmatch(rf"seed\d+-{self._key}\.safetensors", path.name):
                print(f"{path}: removed, as it is no resume point of this code, data, environment and settings")
                path.unlink(missing_ok=True)


class Progress:
    """One run as its trainer sees it: the epochs that are left, and who is told of each."""

    def __init__(self, history, model: nn.Module, train: Batches, seed: int, points: NoPoints, point: dict) -> None:
        """`history` is a train.History, `point` what `points` has kept of this run."""
        self._history, self._seed, self._points, self._point = history, seed, points, point
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
            self._points.after_epoch(self._seed, self._state)

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


def key_of(variant: str, recipe: dict, device: str, data: list[str], code: str) -> str:
    """Digest of what decides a run's result beside its seed: settings, tensor files, code and environment."""
    decides = {
        "variant": variant,
        "recipe": recipe,
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
        "kernels": processor.kernel_variables(),
    }


def _processor(cpuinfo: Path | None = None) -> dict[str, str]:
    """The first processor's name and abilities; empty where the system does not tell (macOS)."""
    return {name: value for name, value in processor.description(cpuinfo).items() if name in PROCESSOR}


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
