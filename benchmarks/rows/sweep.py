"""A sweep of 1,000 runs of the linear model: the cost of a run beyond its training."""

import csv

from benchmarks.place import DATASET, Place
from benchmarks.results import Limit, Line
from ladder.errors import LadderError

PAIRS = 1
COUNT, SEEDS = 50, 20
SWEEP = {
    "linear_sgd": {
        "over": {"lr": {"from": 0.01, "to": 10, "count": COUNT, "scale": "log"}},
        "seeds": SEEDS,
        "runs_per_job": 100,
    }
}


def measure(place: Place, pairs: int) -> list[Line]:
    """Measure from the tensors to the end of `snakemake sweep`, less the training itself on all cores."""
    runs, at_a_time = COUNT * SEEDS, place.cores // place.study.recipe("linear_sgd")["threads"]
    walls, trainings = [], []
    for _ in range(pairs):
        project = place.copy({"dataset": DATASET, "sweep": SWEEP})
        place.snakemake(project, *(f"results/{DATASET}/tensorize/{split}.safetensors" for split in ("train", "valid")))
        walls.append(place.snakemake(project, "sweep").seconds)
        with open(project / f"results/{DATASET}/sweep/linear_sgd/costs.csv", encoding="utf-8", newline="") as file:
            seconds = [float(row["train_seconds"]) for row in csv.DictReader(file)]
        if len(seconds) != runs:
            raise LadderError(f"sweep: {len(seconds)} runs have costs, not {runs}")
        trainings.append(sum(seconds) / at_a_time)
    return [
        Line(
            f"a sweep of {runs:,} runs of linear_sgd: seconds a run beyond the training itself",
            [(wall - training) / runs for wall, training in zip(walls, trainings, strict=True)],
            "s",
            limit=Limit("at most", 0.3),
        ),
        Line(f"the same sweep, all of it, {at_a_time} jobs at a time", walls, "s"),
        Line("of which training", trainings, "s"),
    ]
