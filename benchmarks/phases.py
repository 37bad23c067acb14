"""The seconds of one training job by phase, measured inside a fresh process.

    python phases.py <clock at the start> <variant> <seeds> <train.safetensors> <valid.safetensors> <folder>

prints seconds by phase as JSON, the last line. It calls what the job's script calls, and times the functions in PHASES.
"""

import json
import os
import sys
import time
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from pathlib import Path

STARTED = time.perf_counter()
ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "workflow")]
# Functions of ladder.train, and the phase that each belongs to.
PHASES = {
    "load_split": "data",
    "tensors.metadata": "data",
    "train_one": "runs",
    "save_file": "write",
    "tables.write": "write",
    "scores.write": "write",
}


class Clock:
    """Seconds by phase, in the order in which the phases begin."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str):
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started

    def watch(self, owner: object, path: str, phase: str, results: list | None = None) -> None:
        """Time each call of a function that `owner` reaches by `path`; `results` collects the returned values."""
        *parents, name = path.split(".")
        for parent in parents:
            owner = getattr(owner, parent)
        function = getattr(owner, name)

        def timed(*arguments, **options):
            with self.phase(phase):
                result = function(*arguments, **options)
            if results is not None:
                results.append(result)
            return result

        setattr(owner, name, timed)


def main(clock_at_start: str, variant: str, seeds: str, train: str, valid: str, folder: str) -> dict:
    """Run the job; return seconds by phase, and the clock at the end."""
    from benchmarks.ours import study  # reads the config, which a job does not: its seconds are not counted

    settings = study()
    recipe = settings.recipe(variant)
    clock, runs = Clock(), []
    with clock.phase("imports"):
        module = import_module("ladder.train")
        import_module(f"ladder.models.{recipe['model']}")
        import_module(f"ladder.trainers.{recipe['trainer']}")
    for path, phase in PHASES.items():
        clock.watch(module, path, phase, runs if phase == "runs" else None)
    suffixes = {"weights": "safetensors", "history": "csv", "scores": "parquet", "costs": "csv"}
    outputs = {name: str(Path(folder) / f"{name}.{suffix}") for name, suffix in suffixes.items()}
    device = import_module("ladder.machine.device").resolve(settings.settings["device"])
    with clock.phase("job"):
        module.train_block(variant, recipe, list(range(int(seeds))), device, train, valid, outputs)
    seconds = clock.seconds
    training = [run.cost["train_seconds"] for run in runs]
    return {
        "start": STARTED - float(clock_at_start),
        "imports": seconds["imports"],
        "data": seconds["data"],
        "train": training,
        "predict": seconds["runs"] - sum(training),
        "write": seconds["write"],
        "rest": seconds["job"] - seconds["data"] - seconds["runs"] - seconds["write"],
        "ended": time.perf_counter(),
    }


if __name__ == "__main__":
    with redirect_stdout(sys.stderr):
        seconds = main(*sys.argv[1:])
    print(json.dumps(seconds), flush=True)
    os._exit(0)  # as the job's script ends
