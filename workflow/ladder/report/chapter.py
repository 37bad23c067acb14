"""The chapter "What does each idea buy?": its experiments, and the ladder's comparisons for each idea.

Every comparison of rungs follows by rule from the settings and the summary, so the rules hold for any ladder. An idea
without rungs is left out.
"""

import json
from pathlib import Path

from ladder.evaluation import ideas
from ladder.evaluation.verdict import phrase, verdict
from ladder.presentation.artifacts import load
from ladder.report.classes import MANY
from ladder.report.names import shown

# Figures that the chapter puts beside their ideas; other figures of its section come at its end.
FIGURES = (
    *("chapter_flow", "chapter_slope", "chapter_rolling_ball", "chapter_accuracy_is_no_loss"),
    "chapter_activations",
)
# The chapter's key in the page's block of timings; no rung can have this name.
TIMED = "chapter/broadcasting"
NEAREST = 10  # classes with the nearest means: the table keeps them if the data have many classes


def context(
    facts: str,
    pixels: str,
    timings: str,
    results: dict,
    ladder: list[dict],
    variants: dict,
    rows: list[dict],
    members: dict[str, list[str]],
) -> dict:
    """Return the template's variable `chapter`.

    facts, pixels, timings  files of the stage chapter
    results   the summary: `rungs` and `per_class` map a rung to its metrics, `images` counts the validation images
    ladder    all rungs, lowest first: `name` and `marks`
    variants  the settings of each variant
    rows      rows of the table `comparison`
    members   idea to its rungs
    """
    experiments, table = _named(_read(facts)), load("pixels", [pixels])
    with_idea = {name for own in members.values() for name in own}
    return {
        **experiments,
        "listed": _listed(experiments["distances"]["classes"], experiments["image"]["class"]),
        "pixels": {"columns": list(table.columns[1:]), "rows": table.to_numpy().tolist()},
        "nearest": {
            key: min(experiments["distances"]["classes"], key=lambda row: row[key])["class"] for key in ("l1", "rmse")
        },
        "timed": TIMED,
        "timings": _as_written(_read(timings)),
        "bought": bought(results, ladder, members, rows),
        "same_but_for": same_but_for(results, ladder, variants, rows),
        "own": [rung["name"] for rung in ladder if rung["name"] in variants.keys() - with_idea],
    }


def _as_written(timings: dict[str, float]) -> dict[str, str]:
    """Return the microseconds of each way as text, and the ratio of each to broadcasting's as `<way>_ratio`."""
    shortest = timings["broadcast"]
    ratios = {f"{way}_ratio": f"{value / shortest:.1f}" for way, value in timings.items()}
    return {way: f"{value:.2f}" for way, value in timings.items()} | ratios


def by_idea(sections: dict[str, list[dict]]) -> dict[str, list[dict]]:
    """Return the page's sections, with each of FIGURES in a section of its own, named like the figure."""
    spread = {name: [figure for figure in sections["chapter"] if figure["name"] == name] for name in FIGURES}
    rest = [figure for figure in sections["chapter"] if figure["name"] not in FIGURES]
    return {**sections, "chapter": rest, **spread}


def bought(results: dict, ladder: list[dict], members: dict[str, list[str]], rows: list[dict]) -> dict[str, dict]:
    """Return idea to the result of `compared` for the best rung without the idea and the best rung with it (ideas.py).

    Ideas without a rung on each side are left out. If all rungs of a side are marked, there is no comparison: `before`
    or `after` is None, and `marked` lists the rungs of such sides with their marks.
    """
    names, marks = [rung["name"] for rung in ladder], _marks(ladder)
    accuracy = {name: metrics["accuracy"]["mean"] for name, metrics in results["rungs"].items()}
    tried = ideas.pairs(members, names, accuracy, marks.keys())
    comparisons = {}
    for idea, *sides in ideas.sides(members, names):
        before, after = tried[idea]
        if before and after:
            comparisons[idea] = compared(before, after, results, rows)
        else:
            spoiled = [side for side, best in zip(sides, tried[idea], strict=True) if best is None]
            comparisons[idea] = {
                "before": before,
                "after": after,
                "accuracy": [best and accuracy[best] for best in tried[idea]],
                "marked": [{"name": name, "word": marks[name]} for side in spoiled for name in side],
            }
    return comparisons


def same_but_for(results: dict, ladder: list[dict], variants: dict, rows: list[dict]) -> dict[str, list[dict]]:
    """Return setting to the comparisons of all pairs of variants that differ in this setting alone.

    A pair with a marked rung is not compared; its `marked` lists the marked rungs.
    """
    marks = _marks(ladder)
    return {
        key: [
            {"values": [variants[name][key] for name in pair]}
            | (
                {"before": pair[0], "after": pair[1]}
                | {"marked": [{"name": name, "word": marks[name]} for name in pair if name in marks]}
                if marks.keys() & set(pair)
                else compared(*pair, results, rows)
            )
            for pair in pairs
        ]
        for key, pairs in ideas.alike([rung["name"] for rung in ladder], variants).items()
    }


def compared(before: str, after: str, results: dict, rows: list[dict]) -> dict:
    """Return the comparison of two rungs: accuracies, difference in percentage points, mistakes and verdict.

    `same`  whether every metric is the same to the last digit
    `said`  the verdict in words, with the interval of the difference
    """
    metrics = [results["rungs"][name] for name in (before, after)]
    row = next(row for row in rows if (row["rung"], row["other"]) == (after, before))
    return {
        "before": before,
        "after": after,
        "accuracy": [metric["accuracy"]["mean"] for metric in metrics],
        "points": 100 * row["difference"],
        "errors": [(1 - metric["accuracy"]["mean"]) * results["images"] for metric in metrics],
        "same": all(results[kind][before] == results[kind][after] for kind in ("rungs", "per_class")),
        "verdict": verdict(row),
        "said": phrase(row),
        "marked": [],
    }


def _marks(ladder: list[dict]) -> dict[str, str]:
    """Return each marked rung with the word of its first mark."""
    return {rung["name"]: rung["marks"][0]["word"] for rung in ladder if rung["marks"]}


def _named(facts: dict) -> dict:
    """Return the facts of the chapter with the page's name of each class."""
    names = shown(facts["classes"])
    distances = [row | {"class": names[row["class"]]} for row in facts["distances"]["classes"]]
    return facts | {
        "classes": list(names.values()),
        "image": facts["image"] | {"class": names[facts["image"]["class"]]},
        "distances": facts["distances"] | {"classes": distances},
    }


def _listed(rows: list[dict], own: str) -> list[dict]:
    """Return the rows of the table of distances: of many classes, the image's own and the nearest by each distance."""
    if len(rows) <= MANY:
        return rows
    nearest = [row["class"] for key in ("l1", "rmse") for row in sorted(rows, key=lambda row: row[key])[:NEAREST]]
    return [row for row in rows if row["class"] in {own, *nearest}]


def _read(path: str) -> dict:
    return json.loads(Path(path).read_text(encoding="utf-8"))
