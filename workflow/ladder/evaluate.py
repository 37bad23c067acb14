"""Turn scores into tidy tables. The evaluation uses scores alone and never asks who made them.

metrics    a row a rung, seed, metric and class (empty: all classes)
summary    a row a rung, metric and class: mean, standard deviation, 95% interval and n over seeds; the interval of a
           share, such as an accuracy, is cut at 0 and 1
confusion  a row a rung, seed, class and predicted class; above 30 classes only the pairs that occur in the rung
mistakes   the worst images of each rung
agreement  a row a pair of rungs: how often both predict the same class
hard       the images that most rungs get wrong
validation, comparison, calibration   intervals and tests against chance: see evaluation/comparison.py, calibration.py
marks      the rungs that do not compete, and why: see evaluation/marks.py
"""

import csv
import math
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from numbers import Real
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ladder import metrics
from ladder.errors import LadderError
from ladder.evaluation import comparison, ideas, imbalance, marks, statistics, verdict
from ladder.evaluation.agreement import Agreement, Hardest
from ladder.evaluation.rung import Rung
from ladder.evaluation.tallies import Tally
from ladder.formats import scores, tables
from ladder.formats.files import atomic, write_json
from ladder.training import class_balance

DENSE = 30  # up to this number of classes, every pair of classes has a row in `confusion`


def evaluate(
    rungs: dict[str, list[str]],
    index: str,
    names: list[str],
    folder: str,
    about: dict,
    histories: list[str] = (),
    failures: list[str] = (),
    recipes: dict[str, dict] | None = None,
    families: dict[str, list[str]] | None = None,
    alike: list[list[str]] = (),
) -> None:
    """Write the tables as CSV and Parquet, and `summary.json`, into `folder`.

    rungs      rung to its scores files, lowest rung first
    index      the index written by tensorize
    names      metrics to compute
    about      further entries of `summary.json`, such as the dataset's name
    histories  history.csv of the training jobs
    failures   failures.csv of the training jobs: seeds that diverged or failed
    recipes    variant to its settings `loss`, `sampling` and `class_weights`
    families   rungs of each family, as `ideas.families` returns them
    alike      pairs of rungs to compare; the two rungs of a pair differ in one setting

    A rung whose seeds all failed has no row in any table, and the rungs below and above it become neighbours. Raises
    LadderError where no rung has scores.

    The scores are read once, a block of images of all rungs at a time, so memory use does not grow with the images.
    """
    of_rungs = [rung for rung in (Rung(name, files) for name, files in rungs.items()) if rung.tallies]
    if not of_rungs:
        raise LadderError(
            f"no rung of this ladder has scores to compare, since every training run failed: {', '.join(rungs)}; "
            "the file failures.csv beside each of their scores says why"
        )
    seeds = {of.name: len(of.tallies) for of in of_rungs}
    # The majority baseline ignores the image, so its predictions make no image hard or easy.
    readers = [number for number, of in enumerate(of_rungs) if of.name != verdict.MAJORITY]
    classes, images = of_rungs[0].classes, of_rungs[0].images
    agreement, hardest = Agreement(seeds), Hardest(classes)
    recipes = {name: class_balance.by_class(name, recipe, classes) for name, recipe in (recipes or {}).items()}
    shares = shares_of(index, classes)
    most = int(shares.argmax())
    with tempfile.TemporaryFile() as file:
        alone = [] if verdict.MAJORITY in seeds else [verdict.MAJORITY]
        right = comparison.Right(file, seeds | dict.fromkeys(alone, 1))
        for first in range(0, images, scores.ROWS):
            blocks = [of.add(first, first + scores.ROWS) for of in of_rungs]
            votes = [block.votes for block in blocks]
            agreement.add(votes)
            if readers:
                hardest.add(first, blocks[0].labels, [votes[number] for number in readers])
            right.add([block.right for block in blocks] + [blocks[0].labels == most for _ in alone])
        valid = next(iter(of_rungs[0].tallies.values())).confusion.sum(1) / images
        majority = {"class": classes[most], "accuracy": float(valid[most])}
        tallies = {of.name: list(of.tallies.values()) for of in of_rungs}
        telling = imbalance.telling(tallies) if (unequal := imbalance.unequal(valid)) else set()
        marked = {
            **marks.not_ended(failures, seeds),
            "one_class": marks.one_class(tallies),
            "loss_rose": marks.loss_rose(histories, failures, recipes, shares, valid),
        }
        pairs = partial(chapter_pairs, families or {}, alike, list(rungs))
        found = compared_rows(of_rungs, right, marked, telling, pairs)
    marked["chance"] = marks.at_chance(found["comparison"], majority["accuracy"], telling)
    found["marks"] = marks.rows(rungs, marked)
    runs = [(of, seed, tally) for of in of_rungs for seed, tally in of.tallies.items()]
    found["metrics"] = [row for of, seed, tally in runs for row in metric_rows(of, seed, tally, names)]
    found["summary"] = summary_rows(found["metrics"])
    found["confusion"] = [row for of in of_rungs for row in confusion_rows(of)]
    found["calibration"] = [row for of in of_rungs for row in of.calibration_rows()]
    found["agreement"] = list(agreement.rows())
    found["mistakes"] = [row for of in of_rungs for row in of.mistake_rows()]
    found["hard"] = hardest.rows()
    add_paths(found["mistakes"] + found["hard"], index)
    for name, columns in COLUMNS.items():
        write_table(Path(folder) / name, columns, found[name])
    told = {**about, "images": images, "majority": majority, "unequal_classes": unequal, "marks": found["marks"]}
    write_json(Path(folder) / "summary.json", told | nested(found["summary"]))


COLUMNS = {
    "metrics": {"variant": "string", "seed": "int64", "metric": "string", "class": "string", "value": "float64"},
    "summary": {
        **{"variant": "string", "metric": "string", "class": "string"},
        **{"mean": "float64", "std": "float64", "low": "float64", "high": "float64", "n": "int64"},
    },
    "confusion": {"variant": "string", "seed": "int64", "class": "string", "predicted": "string", "images": "int64"},
    "mistakes": {
        **{"variant": "string", "rank": "int64", "image": "int64", "path": "string", "class": "string"},
        **{"predicted": "string", "score": "float64", "predicted_score": "float64", "loss": "float64"},
        **{"wrong": "int64", "seeds": "int64"},
    },
    "agreement": {"variant": "string", "other": "string", "agreement": "float64"},
    "hard": {
        **{"rank": "int64", "image": "int64", "path": "string", "class": "string"},
        **{"rungs_wrong": "float64", "rungs": "int64", "every_run_wrong": "bool"},
    },
    "validation": {
        **{"variant": "string", "accuracy": "float64", "images": "int64"},
        **{"wilson_low": "float64", "wilson_high": "float64", "bootstrap_low": "float64", "bootstrap_high": "float64"},
        **{"seeds": "int64", "seeds_low": "float64", "seeds_high": "float64"},
    },
    "comparison": {
        **{"rung": "string", "other": "string", "kind": "string"},
        **{"difference": "float64", "low": "float64", "high": "float64"},
        **{"rung_only": "int64", "other_only": "int64", "cohens_g": "float64"},
        **{
            "mcnemar_p": "float64",
            "mcnemar_holm": "float64",
            "permutation_p": "float64",
            "permutation_holm": "float64",
        },
        "distinguishable": "bool",
    },
    "calibration": {
        **{"variant": "string", "low": "float64", "high": "float64", "images": "float64"},
        **{"confidence": "float64", "accuracy": "float64", "wilson_low": "float64", "wilson_high": "float64"},
    },
    "marks": {"variant": "string", "place": "int64", "mark": "string", "why": "string"},
}


def shares_of(index: str, classes: list[str]) -> np.ndarray:
    """Return the share of each class among the training images, float64 [classes], from tensorize's index."""
    with open(index, encoding="utf-8", newline="") as file:
        counts = Counter(name for split, _, _, name in csv.reader(file) if split == "train")
    return np.array([counts[name] for name in classes]) / max(1, counts.total())


def compared_rows(
    of_rungs: list[Rung],
    right: comparison.Right,
    marked: dict[str, dict[str, str]],
    telling: set[str],
    pairs: Callable,
) -> dict[str, list[dict]]:
    """Return the rows of the tables `validation` and `comparison`.

    marked   mark to the rungs that have it, for the marks that do not depend on the comparison
    telling  rungs that tell the classes apart, whatever the comparison with `majority` says
    pairs    the argument `ideas` of comparison.comparison_rows
    """
    accuracies = {of.name: of.accuracies for of in of_rungs}
    names = {rung for reasons in marked.values() for rung in reasons}
    return {
        "validation": comparison.validation_rows(accuracies, {of.name: of.right for of in of_rungs}),
        "comparison": comparison.comparison_rows(accuracies, right, names, telling, pairs),
    }


def chapter_pairs(
    families: dict[str, list[str]],
    alike: list[list[str]],
    rungs: list[str],
    accuracy: dict[str, float],
    marked: set[str],
) -> list[tuple[str, str]]:
    """Return the unmarked pairs of rungs that the page's chapter compares, with the idea's or upper rung first."""
    tried = ideas.pairs(families, rungs, accuracy, marked).values() if families else ()
    pairs = [(within, without) for without, within in tried if without and within]
    told = accuracy.keys() - marked
    return pairs + [(upper, lower) for lower, upper in alike if {lower, upper} <= told]


def metric_rows(rung: Rung, seed: int, tally: Tally, names: list[str]) -> Iterator[dict]:
    """Yield the rows of the table `metrics` for one seed."""
    for (name, of), value in values_of(tally, rung.classes, names, rung.probabilities):
        yield {"variant": rung.name, "seed": seed, "metric": name, "class": of, "value": value}


def values_of(
    tally: Tally, classes: list[str], names: list[str], probabilities: bool
) -> Iterator[tuple[tuple[str, str], float | None]]:
    """Yield ((metric, class), value) of a run; without probabilities, metrics that need them are skipped."""
    for name in names:
        metric = getattr(metrics, name)
        if getattr(metric, "needs_probabilities", False) and not probabilities:
            continue
        for of, number in _by_class(name, metric(tally), classes):
            yield (name, of), None if math.isnan(number) else number


def is_share(name: str) -> bool:
    """Return whether the values of a metric are shares, within 0 and 1."""
    return getattr(getattr(metrics, name), "is_share", False)


def _by_class(name: str, value: object, classes: list[str]) -> Iterable[tuple[str, float]]:
    """Return the value of a metric as pairs (class, number); the class is empty for a number over all classes.

    Raises LadderError for a value that is neither one number nor one number a class.
    """
    if isinstance(value, Real):
        return [("", float(value))]
    if isinstance(value, np.ndarray) and value.shape == (len(classes),):
        return zip(classes, value.astype(float).tolist(), strict=True)
    raise LadderError(
        f"metrics.py: {name} returned {value!r}; it must be one number, or an array of one a class, {len(classes)} here"
    )


def confusion_rows(rung: Rung) -> Iterator[dict]:
    """Yield the rows of the table `confusion` for one rung: all pairs of classes, zeros included.

    Above DENSE classes nearly all pairs have no image. Then each seed has a row for each pair that occurs in any seed.
    """
    tallies, classes = rung.tallies, rung.classes
    total = sum(tally.confusion for tally in tallies.values())
    pairs = np.argwhere(total > 0) if len(classes) > DENSE else np.argwhere(total >= 0)
    for seed, tally in tallies.items():
        for (of, predicted), count in zip(pairs.tolist(), tally.confusion[*pairs.T].tolist(), strict=True):
            pair = {"class": classes[of], "predicted": classes[predicted]}
            yield {"variant": rung.name, "seed": seed, **pair, "images": count}


def summary_rows(rows: list[dict]) -> list[dict]:
    """Return the rows of `summary`: the spread of each metric over seeds. `n` counts the seeds with a value."""
    values: dict[tuple, list[float]] = defaultdict(list)
    for row in rows:
        kept = values[row["variant"], row["metric"], row["class"]]
        if row["value"] is not None:
            kept.append(row["value"])
    return [
        {"variant": rung, "metric": metric, "class": of, **vars(statistics.spread(kept, is_share(metric)))}
        for (rung, metric, of), kept in values.items()
        if kept
    ]


def nested(rows: list[dict]) -> dict[str, dict]:
    """Return the summary as two trees, since a class may have the name of a metric or of a key such as `mean`.

    `rungs` maps rung to metric to spread; `per_class` maps rung to metric to class to spread.
    """
    trees: dict[str, dict] = {"rungs": {}, "per_class": {}}
    for row in rows:
        spread = {key: row[key] for key in ("mean", "std", "low", "high", "n")}
        branches = {kind: tree.setdefault(row["variant"], {}) for kind, tree in trees.items()}
        if row["class"]:
            branches["per_class"].setdefault(row["metric"], {})[row["class"]] = spread
        else:
            branches["rungs"][row["metric"]] = spread
    return trees


def add_paths(rows: list[dict], index: str) -> None:
    """Add the `path` of the validation image with number `image` to each row, from the index of tensorize."""
    wanted = {str(row["image"]) for row in rows}
    with open(index, encoding="utf-8", newline="") as file:
        paths = {image: path for split, image, path, _ in csv.reader(file) if image in wanted and split == "valid"}
    for row in rows:
        row["path"] = paths[str(row["image"])]


def write_table(stem: Path, columns: dict[str, str], rows: list[dict]) -> None:
    """Write `<stem>.csv` and `<stem>.parquet`."""
    tables.write(f"{stem}.csv", rows, list(columns))
    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in columns.items()])
    with atomic(f"{stem}.parquet") as partial:
        pq.write_table(pa.Table.from_pylist(rows, schema), partial)
