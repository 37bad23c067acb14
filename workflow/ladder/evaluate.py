"""From scores alone to tidy tables: it never asks who made the scores.

metrics    a row a rung, seed, metric and class (empty: all classes)
summary    a row a rung, metric and class: mean, standard deviation, 95% interval and n over seeds
confusion  a row a rung, seed, class and predicted class
mistakes   the worst images of each rung
agreement  a row a pair of rungs: how often they predict the same
hard       the images that most rungs get wrong
validation, comparison, calibration   what tells a result from chance: see compare.py and calibration.py
"""

import csv
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ladder import agreement, calibration, compare, metrics, outcomes, scores, statistics, tables
from ladder.files import atomic, write_json

WORST = 20  # mistakes kept for each rung


def evaluate(rungs: dict[str, list[str]], index: str, names: list[str], folder: str, about: dict) -> None:
    """Write the tables as CSV and Parquet, and `summary.json`, into `folder`.

    rungs  rung to its scores files, lowest rung first
    index  the index written by tensorize
    names  metrics to compute
    about  what else `summary.json` says, such as the dataset's name
    """
    paths = paths_of_images(index)
    found: dict[str, list[dict]] = defaultdict(list)
    predictions: dict[str, np.ndarray] = {}
    right: dict[str, np.ndarray] = {}
    for rung, files in rungs.items():
        classes, probabilities, seeds = read_seeds(files)
        for seed, (labels, predicted) in seeds.items():
            found["metrics"] += metric_rows(rung, seed, classes, labels, predicted, names, probabilities)
            found["confusion"] += confusion_rows(rung, seed, classes, labels, predicted)
        found["mistakes"] += mistake_rows(rung, classes, seeds, probabilities, paths)
        predictions[rung] = agreement.predictions_of(seeds)
        found["calibration"] += calibration.calibration_rows(rung, seeds) if probabilities else []
        right[rung] = np.stack([predicted.argmax(1) == labels for labels, predicted in seeds.values()])
    found["agreement"] = list(agreement.agreement_rows(predictions))
    found["hard"] = agreement.hard_rows(predictions, labels, classes, paths)
    found["summary"] = summary_rows(found["metrics"])
    found["validation"] = compare.validation_rows(right)
    found["comparison"] = compare.comparison_rows(right)
    for name, columns in COLUMNS.items():
        write_table(Path(folder) / name, columns, found[name])
    write_json(Path(folder) / "summary.json", {**about, "images": len(paths), "rungs": nested(found["summary"])})


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
}


def read_seeds(files: list[str]) -> tuple[list[str], bool, dict[int, tuple[np.ndarray, np.ndarray]]]:
    """Classes, whether scores are probabilities, and (labels [n], scores [n, classes]) of every seed of a rung."""
    seeds: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for file in files:
        about, part = scores.read(file)
        seeds.update(part)
    return about["classes"], about["probabilities"], dict(sorted(seeds.items()))


def metric_rows(
    rung: str,
    seed: int,
    classes: list[str],
    labels: np.ndarray,
    predicted: np.ndarray,
    names: list[str],
    probabilities: bool,
) -> list[dict]:
    """Rows of the table `metrics` for one seed; a metric that needs probabilities has none where there are none."""
    rows = []
    for name in names:
        metric = getattr(metrics, name)
        if getattr(metric, "needs_probabilities", False) and not probabilities:
            continue
        value = metric(labels, predicted)
        values = {"": value} if np.isscalar(value) else dict(zip(classes, value.tolist(), strict=True))
        for of, number in values.items():
            defined = None if math.isnan(number) else number
            rows.append({"variant": rung, "seed": seed, "metric": name, "class": of, "value": defined})
    return rows


def confusion_rows(rung: str, seed: int, classes: list[str], labels: np.ndarray, predicted: np.ndarray) -> list[dict]:
    """Rows of the table `confusion` for one seed, zeros included."""
    counts = outcomes.confusion(labels, predicted)
    return [
        {"variant": rung, "seed": seed, "class": of, "predicted": as_, "images": int(counts[i, j])}
        for i, of in enumerate(classes)
        for j, as_ in enumerate(classes)
    ]


def mistake_rows(
    rung: str,
    classes: list[str],
    seeds: dict[int, tuple[np.ndarray, np.ndarray]],
    probabilities: bool,
    paths: list[str],
) -> list[dict]:
    """The images that a rung gets most wrong, by their mean loss over its seeds, of those that some seed gets wrong."""
    labels = next(iter(seeds.values()))[0]
    mean_scores = np.mean([found for _, found in seeds.values()], axis=0)
    losses = np.mean([outcomes.losses(labels, found, probabilities) for _, found in seeds.values()], axis=0)
    wrong = np.sum([found.argmax(1) != labels for _, found in seeds.values()], axis=0)
    mistaken = np.flatnonzero(wrong)
    worst = mistaken[np.argsort(-losses[mistaken], kind="stable")][:WORST]
    taken_for = outcomes.without_own(labels, mean_scores).argmax(1)
    return [
        {
            **{
                "variant": rung,
                "rank": rank,
                "image": int(image),
                "path": paths[image],
                "class": classes[labels[image]],
            },
            **{"predicted": classes[taken_for[image]], "score": float(mean_scores[image, labels[image]])},
            "predicted_score": float(mean_scores[image, taken_for[image]]),
            **{"loss": float(losses[image]), "wrong": int(wrong[image]), "seeds": len(seeds)},
        }
        for rank, image in enumerate(worst, start=1)
    ]


def summary_rows(rows: list[dict]) -> list[dict]:
    """Spread over seeds of each figure; seeds for which it is not defined are left out, and n says so."""
    values: dict[tuple, list[float]] = defaultdict(list)
    for row in rows:
        kept = values[row["variant"], row["metric"], row["class"]]
        if row["value"] is not None:
            kept.append(row["value"])
    return [
        {"variant": rung, "metric": metric, "class": of, **vars(statistics.spread(kept))}
        for (rung, metric, of), kept in values.items()
        if kept
    ]


def nested(rows: list[dict]) -> dict:
    """The summary as rung to metric to its spread, of a metric of classes as class to spread."""
    tree: dict = defaultdict(dict)
    for row in rows:
        figures = {key: row[key] for key in ("mean", "std", "low", "high", "n")}
        if row["class"]:
            tree[row["variant"]].setdefault(row["metric"], {})[row["class"]] = figures
        else:
            tree[row["variant"]][row["metric"]] = figures
    return tree


def paths_of_images(index: str) -> list[str]:
    """Paths of the validation images, in the order of their tensor."""
    with open(index, encoding="utf-8", newline="") as file:
        return [row["path"] for row in csv.DictReader(file) if row["split"] == "valid"]


def write_table(stem: Path, columns: dict[str, str], rows: list[dict]) -> None:
    """Write `<stem>.csv` and `<stem>.parquet`."""
    tables.write(f"{stem}.csv", rows, list(columns))
    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in columns.items()])
    with atomic(f"{stem}.parquet") as partial:
        pq.write_table(pa.Table.from_pylist(rows, schema), partial)
