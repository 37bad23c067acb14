"""Turn the scores of a sweep's runs into two tables.

runs    a row per run: its number, its point and the point's settings, its seed, whether it diverged or failed, and
        every metric; a metric of a class is named `<metric>[<class>]`; a run that diverged or failed has no metrics
points  a row per point: the numbers of runs that finished (n), diverged and failed, and for every overall metric the
        mean, standard deviation and 95% interval (Student's t) over the n runs; intervals of shares are cut at 0 and 1
"""

from collections.abc import Iterable, Iterator

from ladder.config.sweeps import points_of
from ladder.config.swept_settings import text
from ladder.evaluation import statistics
from ladder.evaluation.tallies import Tally
from ladder.evaluation.values import is_share, values_of
from ladder.formats import scores
from ladder.formats.tables import Columns, type_of, write_both

SPREAD = ("mean", "std", "low", "high")


def evaluate_sweep(
    over: dict[str, list], seeds: int, files: list[str], failed: set[int], names: list[str], stems: dict[str, str]
) -> None:
    """Write the tables as CSV and Parquet.

    over    the values of each swept setting
    seeds   number of runs of a point
    files   scores files of all blocks, read one at a time
    failed  numbers of the runs that raised an error; any other run without scores diverged
    names   metrics to compute
    stems   paths of the tables `runs` and `points` without their endings
    """
    metrics_of_runs: dict[int, dict[tuple[str, str], float | None]] = {}
    for file in files:
        metrics_of_runs |= _metrics_of(file, names)
    every = {("accuracy", "")}.union(*metrics_of_runs.values())
    columns = sorted(every, key=lambda column: (names.index(column[0]), column[1]))
    kinds = {key: _kind(values) for key, values in over.items()}
    points = {name: _row_of(point, kinds) for name, point in points_of(over).items()}
    numbers_of = {name: range(place * seeds, (place + 1) * seeds) for place, name in enumerate(points)}
    runs = [
        {"run": run, "point": name, **points[name], "seed": seed}
        | {"diverged": run not in metrics_of_runs and run not in failed, "failed": run in failed}
        | {_title(column): metrics_of_runs.get(run, {}).get(column) for column in columns}
        for name, numbers in numbers_of.items()
        for seed, run in enumerate(numbers)
    ]
    write_both(stems["runs"], runs, columns_of_runs(kinds, map(_title, columns)))
    overall = [metric for metric, label in columns if not label]
    rows = [
        {"point": name, **point, **_counts(numbers_of[name], metrics_of_runs, failed)}
        | _spreads([metrics_of_runs[run] for run in numbers_of[name] if run in metrics_of_runs], overall)
        for name, point in points.items()
    ]
    write_both(stems["points"], rows, columns_of_points(kinds, overall))


def columns_of_runs(settings: Columns, metrics: Iterable[str]) -> Columns:
    """Return the columns of `runs`, with columns for the swept settings and for each metric."""
    first, last = {"run": "int64", "point": "string"}, {"seed": "int64", "diverged": "bool", "failed": "bool"}
    return first | settings | last | dict.fromkeys(metrics, "float64?")


def columns_of_points(settings: Columns, metrics: Iterable[str]) -> Columns:
    """Return the columns of `points`, with columns for the swept settings and for the spread of each overall metric."""
    counts = {"n": "int64", "diverged": "int64", "failed": "int64"}
    spreads = {f"{name}_{end}": "float64?" for name in metrics for end in SPREAD}
    return {"point": "string"} | settings | counts | spreads


def _metrics_of(path: str, names: list[str]) -> Iterator[tuple[int, dict[tuple[str, str], float | None]]]:
    """Yield the number of each run of a block, and its metrics by name and class."""
    file = scores.describe(path)
    tallies = {run: Tally(len(file.classes), run in file.probabilities) for run in file.numbers}
    for first in range(0, file.images, scores.ROWS):
        for run, labels, run_scores in scores.blocks(file, first, first + scores.ROWS):
            tallies[run].add(labels, run_scores)
    for run, tally in tallies.items():
        yield run, dict(values_of(tally, file.classes, names, run in file.probabilities))


def _counts(runs: range, finished: dict[int, dict], failed: set[int]) -> dict:
    n, errors = sum(run in finished for run in runs), sum(run in failed for run in runs)
    return {"n": n, "diverged": len(runs) - n - errors, "failed": errors}


def _spreads(trained: list[dict], overall: list[str]) -> dict:
    row = {}
    for metric in overall:
        values = [value for run in trained if (value := run.get((metric, ""))) is not None]
        spread = vars(statistics.spread(values, is_share(metric))) if values else {}
        row |= {f"{metric}_{end}": spread.get(end) for end in SPREAD}
    return row


def _title(column: tuple[str, str]) -> str:
    metric, label = column
    return f"{metric}[{label}]" if label else metric  # no metric's name has brackets


def _kind(values: list) -> str:
    """Return the type of a column with these values; None is a missing value."""
    kinds = {type(value) for value in values} - {type(None)}
    numbers = "int64" if kinds <= {int} else "float64"
    kind = "bool" if kinds <= {bool} else numbers if kinds <= {int, float} else "string"
    return f"{kind}?" if None in values else kind


def _row_of(point: dict, kinds: Columns) -> dict:
    texts = [key for key, value in point.items() if type_of(kinds[key]) == "string" and value is not None]
    return point | {key: text(point[key]) for key in texts}
