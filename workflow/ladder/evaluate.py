"""Turn scores into tidy tables. The evaluation reads scores alone, whatever classifier made them.

Modules of evaluation/ make the rows of the tables, and list the columns of each table.
"""

import csv
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ladder.errors import LadderError
from ladder.evaluation import agreement, calibration, comparison, differences, ideas, imbalance, marks, rung, values
from ladder.evaluation.judging import Rules
from ladder.evaluation.paired import Classifier
from ladder.evaluation.rung import Rung
from ladder.evaluation.verdict import is_close, verdict
from ladder.formats import scores, tables
from ladder.formats.files import write_json
from ladder.training import class_balance

TABLES = {
    "metrics": values.METRICS,
    "summary": values.SUMMARY,
    "confusion": rung.CONFUSION,
    "mistakes": rung.MISTAKES,
    "agreement": agreement.AGREEMENT,
    "hard": agreement.HARD,
    "validation": comparison.VALIDATION,
    "comparison": comparison.COMPARISON,
    "differences": differences.DIFFERENCES,
    "calibration": calibration.CALIBRATION,
    "marks": marks.MARKS,
}


@dataclass(frozen=True)
class Request:
    """The evaluation that the settings ask for.

    metrics  names of the metrics to compute
    recipes  variant to its settings `loss`, `sampling` and `class_weights`
    members  idea to its rungs (evaluation/ideas.py)
    alike    pairs of rungs to compare; the two rungs of a pair differ in one setting
    chance   name of the classifier that always predicts the most frequent class, in the ladder or not; None for none
    rules    the settings of judging.Rules
    """

    metrics: list[str]
    recipes: dict[str, dict] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    alike: list[list[str]] = ()
    chance: str | None = None
    rules: dict = field(default_factory=dict)


def evaluate(
    rungs: dict[str, list[str]],
    index: str,
    request: Request,
    folder: str,
    about: dict,
    histories: list[str] = (),
    failures: list[str] = (),
) -> None:
    """Write the tables as CSV and Parquet, and `summary.json`, into `folder`.

    rungs      rung to its scores files, lowest rung first
    index      the index written by tensorize
    about      more entries of `summary.json`, such as the dataset's name
    histories  history.csv of the training jobs
    failures   failures.csv of the training jobs: seeds that diverged or failed

    A rung whose seeds all failed has no row in any table, and the rungs below and above it become neighbours. Raises
    LadderError where no rung has scores.
    """
    judged = judge(rungs, index, request, histories, failures)
    scored, rows = judged.rungs, judged.rows | _rows(judged.rungs, request.metrics)
    rows["marks"] = marks.rows(rungs, judged.marked)
    rows["differences"] = _differences(scored, rows["comparison"], request)
    add_paths(rows["mistakes"] + rows["hard"], index)
    columns = TABLES | {"comparison": comparison.columns(Rules(**request.rules))}
    for name in TABLES:
        tables.write_both(Path(folder) / name, rows[name], columns[name])
    summary = about | {"images": scored[0].images, "classes": scored[0].classes, "majority": judged.majority}
    summary |= {"unequal_classes": judged.unequal, "marks": rows["marks"]}
    summary |= conclusions(rows["validation"], rows["comparison"])
    write_json(Path(folder) / "summary.json", summary | nested(rows["summary"]))


@dataclass(frozen=True)
class Judged:
    """The rungs of a ladder and the verdicts on them.

    rungs     the rungs with scores, lowest first
    rows      rows of the tables that compare rungs: `agreement`, `hard`, `validation`, `comparison`
    marked    mark to the reasons of the rungs that have it
    majority  the most frequent class of the training images, and the accuracy of always predicting it
    unequal   whether the classes have unequal sizes
    """

    rungs: list[Rung]
    rows: dict[str, list[dict]]
    marked: dict[str, dict[str, str]]
    majority: dict
    unequal: bool


def judge(
    rungs: dict[str, list[str]], index: str, request: Request, histories: list[str], failures: list[str]
) -> Judged:
    """Read the scores, compare the rungs, and mark rungs that are no competitors.

    The arguments are those of `evaluate`.
    """
    scored = _with_scores(rungs)
    classes, shares = scored[0].classes, shares_of(index, scored[0].classes)
    most = int(shares.argmax())
    recipes = {name: class_balance.by_class(name, recipe, classes) for name, recipe in request.recipes.items()}
    with tempfile.TemporaryFile() as file:
        rows, right = _counted(scored, file, most, request.chance)
        valid = next(iter(scored[0].tallies.values())).confusion.sum(1) / scored[0].images
        tallies = {rung.name: list(rung.tallies.values()) for rung in scored}
        telling = imbalance.telling(tallies) if (unequal := imbalance.unequal(valid)) else set()
        marked = {
            **marks.not_ended(failures, {name: len(runs) for name, runs in tallies.items()}),
            "one_class": marks.one_class(tallies),
            "loss_rose": marks.loss_rose(histories, failures, recipes, shares, valid),
        }
        rows |= _compared(scored, right, marked, telling, list(rungs), request, float(valid[most]))
    majority = {"class": classes[most], "accuracy": float(valid[most])}
    marked["chance"] = marks.at_chance(rows["comparison"], majority["accuracy"], telling)
    return Judged(scored, rows, marked, majority, unequal)


def _with_scores(rungs: dict[str, list[str]]) -> list[Rung]:
    scored = [rung for rung in (Rung(name, files) for name, files in rungs.items()) if rung.tallies]
    if not scored:
        raise LadderError(
            f"no rung of this ladder has scores to compare, since every training run failed: {', '.join(rungs)}; "
            "the file failures.csv beside each of their scores says why"
        )
    return scored


def _counted(
    scored: list[Rung], file: BinaryIO, most: int, chance: str | None
) -> tuple[dict[str, list[dict]], comparison.Right]:
    """Read all scores; return the rows of `agreement` and `hard`, and the right seeds per image, kept in `file`.

    The scores are read a block of images of all rungs at a time, so memory use does not grow with the images.

    most  label of the most frequent class
    """
    seeds = {rung.name: len(rung.tallies) for rung in scored}
    alone = {chance: 1} if chance and chance not in seeds else {}
    right = comparison.Right(file, seeds | alone)
    # Chance ignores the image, so its predictions make no image hard or easy.
    readers = [number for number, rung in enumerate(scored) if rung.name != chance]
    agree, hardest = agreement.Agreement(seeds), agreement.Hardest(scored[0].classes)
    for first in range(0, scored[0].images, scores.ROWS):
        blocks = [rung.add(first, first + scores.ROWS) for rung in scored]
        _refuse_other_labels(scored, [block.labels for block in blocks])
        votes = [block.votes for block in blocks]
        agree.add(votes)
        if readers:
            hardest.add(first, blocks[0].labels, [votes[number] for number in readers])
        right.add([block.right for block in blocks] + [(blocks[0].labels == most)[:, None] for _ in alone])
    return {"agreement": list(agree.rows()), "hard": hardest.rows()}, right


def _refuse_other_labels(scored: list[Rung], labels: list[np.ndarray]) -> None:
    """Raise LadderError if the scores of two rungs are of other images, or of the same images in another order."""
    first = scored[0].name
    for other, own in zip(scored, labels, strict=True):
        if not np.array_equal(own, labels[0]):
            raise LadderError(
                f"the scores of {other.name} are not of the images of the scores of {first}, in the same order; "
                "make the scores of both anew from the same tensors"
            )


def _rows(scored: list[Rung], names: list[str]) -> dict[str, list[dict]]:
    """Return the rows of the tables that each rung has alone; `names` are metrics."""
    rows = [row for rung in scored for row in values.metric_rows(rung, names)]
    return {
        "metrics": rows,
        "summary": values.summary_rows(rows),
        "confusion": [row for rung in scored for row in rung.confusion_rows()],
        "calibration": [row for rung in scored for row in rung.calibration_rows()],
        "mistakes": [row for rung in scored for row in rung.mistake_rows()],
    }


def shares_of(index: str, classes: list[str]) -> np.ndarray:
    """Return the share of each class among the training images, float64 [classes], from tensorize's index."""
    with open(index, encoding="utf-8", newline="") as file:
        counts = Counter(name for split, _, _, name in csv.reader(file) if split == "train")
    return np.array([counts[name] for name in classes]) / max(1, counts.total())


def _compared(
    scored: list[Rung],
    right: comparison.Right,
    marked: dict[str, dict[str, str]],
    telling: set[str],
    rungs: list[str],
    request: Request,
    majority: float,
) -> dict[str, list[dict]]:
    """Return the rows of the tables `validation` and `comparison`.

    marked    mark to the rungs that have it, for the marks that do not depend on the comparison
    telling   rungs that tell the classes apart, whatever their comparison with chance
    majority  accuracy of always predicting the most frequent class
    """
    ladder = {rung.name: Classifier(rung.accuracies, rung.name in request.recipes) for rung in scored}
    chance = {request.chance: Classifier({0: majority}, False)} if request.chance else {}
    names = {rung for reasons in marked.values() for rung in reasons}
    pairs = partial(chapter_pairs, request.members, request.alike, rungs)
    return {
        "validation": comparison.validation_rows(ladder, {rung.name: rung.right for rung in scored}),
        "comparison": comparison.comparison_rows(
            list(ladder),
            chance | ladder,
            right,
            Rules(**request.rules),
            request.chance,
            names,
            telling,
            pairs,
        ),
    }


def _differences(scored: list[Rung], compared: list[dict], request: Request) -> list[dict]:
    """Return the rows of `differences`, for the pairs of the rows of `comparison`."""
    pairs = differences.pairs_of(compared, [rung.name for rung in scored])
    rules = Rules(**request.rules)
    rows = differences.difference_rows(scored, pairs, request.metrics, set(request.recipes), rules.alpha)
    if not rules.seeds:
        return list(rows)
    # These pairs are tested once. Their numbers of seeds depend on the results: each rung's could be that of any look,
    # so by Bonferroni's inequality p counts as often as there are such pairs of numbers.
    adjusted = ((row, None if row["p_holm"] is None else min(1.0, row["p_holm"] * rules.looks**2)) for row in rows)
    return [row | {"p_holm": p, "distinguishable": p is not None and p < rules.alpha} for row, p in adjusted]


def chapter_pairs(
    members: dict[str, list[str]],
    alike: list[list[str]],
    rungs: list[str],
    accuracy: dict[str, float],
    marked: set[str],
) -> list[tuple[str, str]]:
    """Return the unmarked pairs of rungs that the page's chapter compares, with the idea's or upper rung first."""
    tried = ideas.pairs(members, rungs, accuracy, marked).values()
    pairs = [(within, without) for without, within in tried if without and within]
    unmarked = accuracy.keys() - marked
    return pairs + [(upper, lower) for lower, upper in alike if {lower, upper} <= unmarked]


def conclusions(validation: list[dict], comparison: list[dict]) -> dict[str, dict | list]:
    """Return what a study concludes, from the rows of two tables; provenance/conclusions.py compares it with another's.

    `pairs` holds the verdict on each pair of rungs, and `validation` maps rung to accuracy and its interval.
    """
    columns = ("rung", "other", "kind", "difference", "low", "high", "one_seed", "seeds_needed", "images_needed")
    return {
        "pairs": [
            {key: row[key] for key in columns} | {"verdict": verdict(row), "close": is_close(row)} for row in comparison
        ],
        "validation": {row["variant"]: {key: row[key] for key in ("accuracy", "low", "high")} for row in validation},
    }


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
