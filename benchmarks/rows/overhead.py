"""The cost of a study for each of its runs beyond the training itself, from 10 runs to 1,000."""

import csv
from pathlib import Path

from benchmarks.measure import Usage
from benchmarks.place import Place
from benchmarks.results import Limit, Line, Table

PAIRS = 1
DATASET = "mnist_tiny"
RUNS = (10, 100, 1_000)
VARIANT, IN_A_JOB = "linear_sgd", 10  # one epoch a run, so that training takes next to no time
STUDY = {"dataset": DATASET, "ladder": [VARIANT], "variants": {VARIANT: {"epochs": 1}}}
LIMIT = Limit("at most", 1.1)


def measure(place: Place, pairs: int) -> list[Line | Table]:
    """Measure CPU seconds of Snakemake and all its jobs, less the training itself, which runs on one thread."""
    lines, rows = [], []
    for what, study in {"a variant's seeds": _seeds, "a sweep": _sweep}.items():
        used = {runs: [_overhead(place, *study(runs)) for _ in range(pairs)] for runs in RUNS}
        of_10, of_100, of_1000 = used.values()
        by_run = [
            [(more[1] - less[1]) / (to - begin) for less, more in zip(low, high, strict=True)]
            for low, high, begin, to in ((of_100, of_1000, *RUNS[1:]), (of_10, of_100, *RUNS[:2]))
        ]
        line = f"{what}: CPU seconds beyond training for each run from {RUNS[1]:,} to {RUNS[2]:,}"
        lines.append(Line(line, by_run[0], "s", f"from {RUNS[0]:,} to {RUNS[1]:,}", by_run[1], LIMIT))
        for runs, measured in used.items():
            usage, seconds = measured[0]
            rows.append([what, runs, usage.seconds, usage.cpu_seconds, seconds, seconds / runs])
    columns = ["study", "runs", "wall seconds", "CPU seconds", "beyond training", "for each run"]
    note = f"{DATASET}, {VARIANT}, {IN_A_JOB} runs a job, from the archive to the report; the first of {pairs}."
    return [*lines, Table("What a run costs beyond its training", columns, rows, note)]


def _seeds(runs: int) -> tuple[dict, str]:
    return {"seeds": runs, "seeds_per_job": IN_A_JOB}, f"train/{VARIANT}"


def _sweep(runs: int) -> tuple[dict, str]:
    over = {"lr": {"from": 0.01, "to": 1, "count": runs // 5, "scale": "log"}}
    return {"seeds": 1, "sweep": {VARIANT: {"over": over, "seeds": 5, "runs_per_job": IN_A_JOB}}}, f"sweep/{VARIANT}"


def _overhead(place: Place, settings: dict, trained: str) -> tuple[Usage, float]:
    """Return the cost of a study, and its CPU seconds beyond training."""
    project, used = place.cold_study(STUDY | settings)
    training = 0.0
    for path in Path(project, "results", DATASET, trained).glob("*-*/costs.csv"):
        with open(path, encoding="utf-8", newline="") as file:
            training += sum(float(row["train_seconds"]) for row in csv.DictReader(file))
    return used, used.cpu_seconds - training
