"""The seconds of the default study by rule, and of training jobs by phase."""

import csv
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import ROOT, Usage, ask
from benchmarks.place import DATASET, Place
from benchmarks.results import Table

PAIRS = 3  # measurements of each training job
VARIANTS = ("linear_sgd", "linear_learner", "mlp", "cnn", "resnet18")
PHASES = ("start", "imports", "data", "first run's extra", "train", "predict", "write", "rest", "end")


def measure(place: Place, pairs: int) -> list[Table]:
    """Return both tables, measured on the default study."""
    project, used = place.finished_study
    return [_by_rule(project / f"results/{DATASET}/benchmarks", used), _by_phase(place, pairs)]


def by_rule(folder: Path) -> dict[str, list[tuple[float, float]]]:
    """Return rule (and variant, for training) to (wall seconds, CPU seconds) of each job, by Snakemake's benchmarks."""
    costs: dict[str, list[tuple[float, float]]] = {}
    for path in sorted(folder.rglob("*.tsv")):
        stage, *below = path.relative_to(folder).with_suffix("").parts
        name = f"{stage} {below[0]}" if len(below) > 1 else stage
        with open(path, encoding="utf-8", newline="") as file:
            (row,) = csv.DictReader(file, delimiter="\t")
        costs.setdefault(name, []).append((float(row["s"]), float(row["cpu_time"])))
    return costs


def _by_rule(folder: Path, used: Usage) -> Table:
    jobs = by_rule(folder)
    rows = [
        [name, len(costs), sum(wall for wall, _ in costs), sum(cpu for _, cpu in costs)]
        for name, costs in sorted(jobs.items(), key=lambda item: -sum(wall for wall, _ in item[1]))
    ]
    rows.append(["all jobs", *(sum(row[place] for row in rows) for place in (1, 2, 3))])
    rows.append(["**the whole run**, Snakemake included", None, used.seconds, used.cpu_seconds])
    return Table(
        "The default study, cold, by rule",
        ["rule", "jobs", "wall seconds, summed", "CPU seconds"],
        rows,
        "From Snakemake's benchmark files, one measurement. Snakemake samples the CPU seconds of a job and misses the "
        "last of them; those of the whole run are the system's own.",
    )


def _by_phase(place: Place, pairs: int) -> Table:
    rows = []
    for variant in VARIANTS:
        seeds = _seeds_of_a_job(place, variant)
        measured = [_phases(place, variant, seeds) for _ in range(pairs)]
        medians = [_median(seconds[phase] for seconds in measured) for phase in PHASES]
        total = statistics.median(sum(filter(None, seconds.values())) for seconds in measured)
        rows.append([variant, seeds, *medians, total])
    return Table(
        "A training job, by phase, in seconds",
        ["variant", "seeds", *PHASES, "total"],
        rows,
        f"Medians of {pairs}, each in a fresh process with nothing beside it. *start*: the interpreter, to the first "
        "line. *first run's extra*: what training the first seed takes beyond the median of the others. *rest*: making "
        "models, and all that no other phase counts. *end*: from the last line until the process is gone.",
    )


def _seeds_of_a_job(place: Place, variant: str) -> int:
    settings = place.study.settings | place.study.variant(variant)
    return min(settings["seeds"], settings["seeds_per_job"])


def _phases(place: Place, variant: str, seeds: int) -> dict[str, float | None]:
    """Seconds of one job in a process of its own."""
    with tempfile.TemporaryDirectory(dir=place.root) as folder:
        script, splits, environment = ROOT / "benchmarks/phases.py", place.tensors.values(), place.environment
        # The clock starts after the parts of `place` are made, which a first use makes.
        clock = time.perf_counter()
        (seconds,) = ask([script, clock, variant, seeds, *splits, folder], env=environment)
        end = time.perf_counter() - seconds.pop("ended")
    training = seconds.pop("train")
    usual = statistics.median(training[1:]) if seeds > 1 else None
    extra = None if usual is None else training[0] - usual
    return seconds | {"first run's extra": extra, "train": sum(training) - (extra or 0.0), "end": end}


def _median(values: Iterator[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None
