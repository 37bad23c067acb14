"""Values of the metrics: rows of the tables `metrics`, a run's values, and `summary`, their spread over seeds."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from numbers import Real

import numpy as np

from ladder import metrics
from ladder.errors import LadderError
from ladder.evaluation import statistics
from ladder.evaluation.rung import Rung
from ladder.evaluation.tallies import Tally

# An empty class means all classes.
METRICS = {"variant": "string", "seed": "int64", "metric": "string", "class": "string?", "value": "float64?"}
SUMMARY = {
    "variant": "string",
    "metric": "string",
    "class": "string?",
    "mean": "float64",
    "std": "float64?",
    "low": "float64?",
    "high": "float64?",
    "n": "int64",
}


def metric_rows(rung: Rung, names: list[str]) -> Iterator[dict]:
    """Yield the rows of the table `metrics` for one rung."""
    for seed, tally in rung.tallies.items():
        for (name, label), value in values_of(tally, rung.classes, names, rung.probabilities):
            yield {"variant": rung.name, "seed": seed, "metric": name, "class": label, "value": value}


def values_of(
    tally: Tally, classes: list[str], names: list[str], probabilities: bool
) -> Iterator[tuple[tuple[str, str], float | None]]:
    """Yield ((metric, class), value) of a run; without probabilities, metrics that need them are skipped."""
    for name in names:
        metric = getattr(metrics, name)
        if getattr(metric, "needs_probabilities", False) and not probabilities:
            continue
        for label, number in _by_class(name, metric(tally), classes):
            yield (name, label), None if math.isnan(number) else number


def is_share(name: str) -> bool:
    """Return whether the values of a metric are shares, within 0 and 1."""
    return getattr(getattr(metrics, name), "is_share", False)


def _by_class(name: str, value: object, classes: list[str]) -> Iterable[tuple[str, float]]:
    """Return the value of a metric as pairs (class, number); the class is empty for a number over all classes.

    Raises LadderError for a value that is neither one number nor one number per class.
    """
    if isinstance(value, Real):
        return [("", float(value))]
    if isinstance(value, np.ndarray) and value.shape == (len(classes),):
        return zip(classes, value.astype(float).tolist(), strict=True)
    raise LadderError(
        f"metrics.py: {name} returned {value!r}; it must be one number, or an array of {len(classes)}, one per class"
    )


def summary_rows(rows: list[dict]) -> list[dict]:
    """Return the rows of `summary`: the spread of each metric over seeds. `n` counts the seeds with a value."""
    values: dict[tuple, list[float]] = defaultdict(list)
    for row in rows:
        kept = values[row["variant"], row["metric"], row["class"]]
        if row["value"] is not None:
            kept.append(row["value"])
    return [
        {"variant": rung, "metric": metric, "class": label, **vars(statistics.spread(kept, is_share(metric)))}
        for (rung, metric, label), kept in values.items()
        if kept
    ]
