"""What the chapter "What does each idea buy?" says: its experiments, and what the ladder's rungs say of each idea.

All that compares rungs follows by rule from the settings and the summary, so it holds for any ladder; what a ladder has
no rungs for is not said.
"""

import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from ladder.artifacts import load
from ladder.report.classes import MANY
from ladder.report.names import shown

# Figures that the chapter puts beside their ideas; any other of its section comes at its end.
FIGURES = (
    *("chapter_flow", "chapter_slope", "chapter_rolling_ball", "chapter_accuracy_is_no_loss"),
    "chapter_activations",
)
# Models by the idea that they add, lowest first.
FAMILIES = {"linear": ("linear_by_hand", "linear"), "hidden": ("mlp",), "convolution": ("cnn", "resnet18")}
# The chapter's place in the page's block of timings; no rung can have this name.
TIMED = "chapter/broadcasting"
# Settings that change no result.
ASIDE = ("about", "seeds", "seeds_per_job")
NEAREST = 10  # of many classes, those whose means are nearest to the image


def context(facts: str, pixels: str, timings: str, results: dict, variants: dict) -> dict:
    """What the template names `chapter`.

    facts, pixels, timings  files of the stage
    results   the summary: `rungs` and `per_class`, from a name to its metrics, and `images` of the validation
    variants  the settings of each variant
    """
    found, table = _named(_read(facts)), load("pixels", [pixels])
    return {
        **found,
        "listed": _listed(found["distances"]["classes"], found["image"]["class"]),
        "pixels": {"columns": list(table.columns[1:]), "rows": table.to_numpy().tolist()},
        "nearest": {
            key: min(found["distances"]["classes"], key=lambda row: row[key])["class"] for key in ("l1", "rmse")
        },
        "timed": TIMED,
        "timings": _as_written(_read(timings)),
        "bought": bought(results, variants),
        "same_but_for": {key: list(same_but_for(key, results, variants)) for key in ("optimizer", "trainer", "loss")},
    }


def _as_written(timings: dict[str, float]) -> dict[str, str]:
    """Microseconds of each way, and how many times as long it takes as the first."""
    shortest = timings["broadcast"]
    ratios = {f"{way}_ratio": f"{value / shortest:.1f}" for way, value in timings.items()}
    return {way: f"{value:.2f}" for way, value in timings.items()} | ratios


def by_idea(sections: dict[str, list[dict]]) -> dict[str, list[dict]]:
    """The page's sections, with each figure of the chapter in a section of its own, named like the figure."""
    spread = {name: [figure for figure in sections["chapter"] if figure["name"] == name] for name in FIGURES}
    others = [figure for figure in sections["chapter"] if figure["name"] not in FIGURES]
    return {**sections, "chapter": others, **spread}


def bought(results: dict, variants: dict) -> dict[str, dict]:
    """Idea to what it buys: the best rung without it against the best one with it; ideas without both are left out."""
    rungs = results["rungs"]
    kinds = {"means": [name for name in rungs if name not in variants]} | {
        family: [name for name in rungs if name in variants and variants[name]["model"] in models]
        for family, models in FAMILIES.items()
    }
    best = {
        kind: max(names, key=lambda name: rungs[name]["accuracy"]["mean"]) for kind, names in kinds.items() if names
    }
    pairs = {
        "distance": ("pixel_l1" if "pixel_l1" in rungs else None, "pixel_l2" if "pixel_l2" in rungs else None),
        "learning": (best.get("means"), best.get("linear")),
        "hidden": (best.get("linear"), best.get("hidden")),
        "convolution": (best.get("hidden", best.get("linear")), best.get("convolution")),
    }
    return {idea: compared(*pair, results, variants) for idea, pair in pairs.items() if None not in pair}


def same_but_for(key: str, results: dict, variants: dict) -> Iterator[dict]:
    """Every two variants of the ladder whose settings differ in `key` alone, compared."""
    for first, second in combinations([name for name in results["rungs"] if name in variants], 2):
        one, other = variants[first], variants[second]
        if [name for name in one if name not in ASIDE and one[name] != other[name]] == [key]:
            yield compared(first, second, results, variants) | {"values": (one[key], other[key])}


def compared(before: str, after: str, results: dict, variants: dict) -> dict:
    """Two rungs: accuracies, the change in percentage points, mistakes, and what may be said of the difference.

    `same`   every metric is the same to the last digit
    `apart`  the 95% intervals do not overlap; the figure of a baseline, which has no seed to vary, stands for its
             interval. None where that cannot be said: two baselines, or a variant with a single seed
    """
    metrics = [results["rungs"][name] for name in (before, after)]
    lower, higher = sorted((metric["accuracy"] for metric in metrics), key=lambda spread: spread["mean"])
    unknown = {name for name in (before, after) if results["rungs"][name]["accuracy"]["low"] is None}
    return {
        "before": before,
        "after": after,
        "accuracy": [metric["accuracy"]["mean"] for metric in metrics],
        "points": 100 * (metrics[1]["accuracy"]["mean"] - metrics[0]["accuracy"]["mean"]),
        "errors": [(1 - metric["accuracy"]["mean"]) * results["images"] for metric in metrics],
        "same": all(results[kind][before] == results[kind][after] for kind in ("rungs", "per_class")),
        "apart": None
        if len(unknown) == 2 or unknown & variants.keys()
        else _bound(lower, "high") < _bound(higher, "low"),
    }


def _named(facts: dict) -> dict:
    """The facts of the chapter with each class as the page names it."""
    names = shown(facts["classes"])
    distances = [row | {"class": names[row["class"]]} for row in facts["distances"]["classes"]]
    return facts | {
        "classes": list(names.values()),
        "image": facts["image"] | {"class": names[facts["image"]["class"]]},
        "distances": facts["distances"] | {"classes": distances},
    }


def _listed(rows: list[dict], own: str) -> list[dict]:
    """Rows of the table of distances: of many classes the image's own, and the nearest by either distance."""
    if len(rows) <= MANY:
        return rows
    nearest = [row["class"] for key in ("l1", "rmse") for row in sorted(rows, key=lambda row: row[key])[:NEAREST]]
    return [row for row in rows if row["class"] in {own, *nearest}]


def _bound(spread: dict, side: str) -> float:
    return spread["mean"] if spread[side] is None else spread[side]


def _read(path: str) -> dict:
    return json.loads(Path(path).read_text(encoding="utf-8"))
