"""Turn scores into tidy tables. The evaluation uses scores alone and never asks who made them.

Modules of evaluation/ make the rows of the tables, and say what the columns of each table are.
"""

import csv
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from ladder.errors import LadderError
from ladder.evaluation import agreement, calibration, comparison, ideas, marks, rung, values, verdict
from ladder.evaluation.rung import Rung
from ladder.formats import scores, tables
from ladder.formats.files import write_json

TABLES = {
    **{"metrics": values.METRICS, "summary": values.SUMMARY},
    **{"confusion": rung.CONFUSION, "mistakes": rung.MISTAKES},
    **{"agreement": agreement.AGREEMENT, "hard": agreement.HARD},
    **{"validation": comparison.VALIDATION, "comparison": comparison.COMPARISON},
    **{"calibration": calibration.CALIBRATION, "marks": marks.MARKS},
}


def evaluate(
    rungs: dict[str, list[str]],
    index: str,
    names: list[str],
    folder: str,
    about: dict,
    histories: list[str] = (),
    failures: list[str] = (),
    losses: dict[str, str] | None = None,
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
    losses     variant to the name of its loss
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
    agree, hardest = agreement.Agreement(seeds), agreement.Hardest(classes)
    shares = shares_of(index, classes)
    most = int(shares.argmax())
    with tempfile.TemporaryFile() as file:
        alone = [] if verdict.MAJORITY in seeds else [verdict.MAJORITY]
        right = comparison.Right(file, seeds | dict.fromkeys(alone, 1))
        for first in range(0, images, scores.ROWS):
            blocks = [of.add(first, first + scores.ROWS) for of in of_rungs]
            votes = [block.votes for block in blocks]
            agree.add(votes)
            if readers:
                hardest.add(first, blocks[0].labels, [votes[number] for number in readers])
            right.add([block.right for block in blocks] + [blocks[0].labels == most for _ in alone])
        valid = next(iter(of_rungs[0].tallies.values())).confusion.sum(1) / images
        majority = {"class": classes[most], "accuracy": float(valid[most])}
        marked = {
            **marks.not_ended(failures, seeds),
            "one_class": marks.one_class({of.name: list(of.tallies.values()) for of in of_rungs}),
            "loss_rose": marks.loss_rose(histories, failures, losses or {}, shares, valid),
        }
        pairs = partial(chapter_pairs, families or {}, alike, list(rungs))
        found = compared_rows(of_rungs, right, marked, pairs)
    marked["chance"] = marks.at_chance(found["comparison"], majority["accuracy"])
    found["marks"] = marks.rows(rungs, marked)
    found["metrics"] = [row for of in of_rungs for row in values.metric_rows(of, names)]
    found["summary"] = values.summary_rows(found["metrics"])
    found["confusion"] = [row for of in of_rungs for row in of.confusion_rows()]
    found["calibration"] = [row for of in of_rungs for row in of.calibration_rows()]
    found["agreement"] = list(agree.rows())
    found["mistakes"] = [row for of in of_rungs for row in of.mistake_rows()]
    found["hard"] = hardest.rows()
    add_paths(found["mistakes"] + found["hard"], index)
    for name, columns in TABLES.items():
        tables.write_both(Path(folder) / name, found[name], columns)
    told = {**about, "images": images, "majority": majority, "marks": found["marks"]}
    write_json(Path(folder) / "summary.json", told | nested(found["summary"]))


def shares_of(index: str, classes: list[str]) -> np.ndarray:
    """Return the share of each class among the training images, float64 [classes], from tensorize's index."""
    with open(index, encoding="utf-8", newline="") as file:
        counts = Counter(name for split, _, _, name in csv.reader(file) if split == "train")
    return np.array([counts[name] for name in classes]) / max(1, counts.total())


def compared_rows(
    of_rungs: list[Rung], right: comparison.Right, marked: dict[str, dict[str, str]], pairs: Callable
) -> dict[str, list[dict]]:
    """Return the rows of the tables `validation` and `comparison`.

    marked  mark to the rungs that have it, for the marks that do not depend on the comparison
    pairs   the argument `ideas` of comparison.comparison_rows
    """
    accuracies = {of.name: of.accuracies for of in of_rungs}
    names = {rung for reasons in marked.values() for rung in reasons}
    return {
        "validation": comparison.validation_rows(accuracies, {of.name: of.right for of in of_rungs}),
        "comparison": comparison.comparison_rows(accuracies, right, names, pairs),
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
