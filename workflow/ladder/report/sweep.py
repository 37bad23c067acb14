"""The section "Sweeps": sentences, a heat map and a table for each swept variant."""

from collections.abc import Iterator

import pandas as pd

from ladder.config.sweeps import points_of
from ladder.config.swept_settings import OPTION, text
from ladder.presentation.artifacts import load
from ladder.report.numbers import interval, percent, plural
from ladder.sweep.points import best_of
from ladder.training import failures

SHOWN = 20  # rows of a sweep's table; points.csv has all points


def context(sweeps: dict[str, dict], ladder: dict[str, dict]) -> list[dict]:
    """Return each sweep for the template, without its heat map.

    sweeps  variant to `over`, the values of each swept setting, `own`, the name of the variant's own point, and the
            paths of the tables `points`, `costs` and `failures`
    ladder  rung to its metrics, for a variant whose own setting is not among the points
    """
    return [
        _sweep(
            name,
            about,
            load("points", [about["points"]]),
            load("costs", [about["costs"]]),
            failures.read([about["failures"]]),
            ladder.get(name, {}).get("accuracy"),
        )
        for name, about in sweeps.items()
    ]


def timings(sweeps: list[dict]) -> dict[str, dict[str, str]]:
    """Return the seconds of training of each whole sweep as text."""
    return {f"sweep-{sweep['name']}": {"train_seconds": f"{sweep['seconds']:,.0f}"} for sweep in sweeps}


def _sweep(
    name: str, about: dict, points: pd.DataFrame, costs: pd.DataFrame, failed: list[dict], rung: dict | None
) -> dict:
    settings = points_of(about["over"])
    records = points.astype(object).where(points.notna(), None).to_dict("records")
    rows = [_row(row, settings[row["point"]]) for row in records]
    ranked = sorted(rows, key=lambda row: (row["mean"] is None, -(row["mean"] or 0)))
    chosen = best_of(points)
    best = next((row for row in rows if row["point"] == chosen), None)
    own = next((row for row in rows if row["point"] == about["own"]), None)
    return {
        "name": name,
        "settings": [key.removeprefix(OPTION) for key in about["over"]],
        "points": len(rows),
        "runs": (runs := sum(row["n"] + row["diverged"] + row["failed"] for row in rows)),
        "ends": [end for end in ("diverged", "failed") if any(row[end] for row in rows)],
        "best": best,
        "said": [
            *_of_divergence(rows),
            *([f"{failures.in_words(failed, runs, 'run')}."] if failed else []),
            *_of_the_best(best),
            *_of_the_own(about["own"], own, best, rung),
            *_of_rivals(best, rows),
        ],
        "rows": ranked[:SHOWN],
        "overall": [key.removesuffix("_mean") for key in points.columns if key.endswith("_mean")][1:],
        "seconds": float(costs["train_seconds"].sum()),
    }


def _of_divergence(rows: list[dict]) -> Iterator[str]:
    runs, points = sum(row["diverged"] for row in rows), sum(row["diverged"] > 0 for row in rows)
    if runs:
        yield f"{plural(runs, 'run')} at {plural(points, 'point')} diverged: the loss became infinite or no number."


def _of_the_best(best: dict | None) -> Iterator[str]:
    if best is not None:
        yield f"The highest mean accuracy is {percent(best['mean'])}{interval(best)}, at {best['point']}."


def _of_rivals(best: dict | None, rows: list[dict]) -> Iterator[str]:
    """Yield a sentence on the number of points whose interval overlaps the interval of the best point."""
    if best is None or len(rows) == 1:
        return
    if best["low"] is None:
        yield "With one run per point there is no interval, so differences cannot be told from chance."
        return
    rivals = sum(row is not best and row["low"] is not None and _overlap(row, best) for row in rows)
    if not rivals:
        yield "No other point has an interval that overlaps the best point's."
    elif rivals == 1:
        yield "One other point has an interval that overlaps the best point's: these seeds do not tell the two apart."
    else:
        yield f"{rivals:,} other points' intervals overlap the best point's: these seeds do not tell them apart."


def _of_the_own(name: str, own: dict | None, best: dict | None, rung: dict | None) -> Iterator[str]:
    """Yield a sentence on the accuracy of the variant's own setting, from the sweep or else from the ladder."""
    if own is not None and own is best:
        yield "That is the variant's own setting."
    elif own is not None and own["n"]:
        yield f"The variant's own setting, {name}, has {percent(own['mean'])}{interval(own)}."
    elif own is not None:
        yield f"At the variant's own setting, {name}, every run {'failed' if own['failed'] else 'diverged'}."
    elif rung is not None:
        yield (
            f"The variant's own setting, {name}, is not among the points; in the ladder it has "
            f"{percent(rung['mean'])}{interval(rung)}."
        )


def _overlap(first: dict, second: dict) -> bool:
    return first["high"] >= second["low"] and first["low"] <= second["high"]


def _row(row: dict, point: dict) -> dict:
    """Return a point for the page: its settings are text, and its interval is cut at 0 and 1."""
    low, high = row["accuracy_low"], row["accuracy_high"]
    return {
        "point": row["point"],
        "settings": [text(value) for value in point.values()],
        "mean": row["accuracy_mean"],
        "n": row["n"],
        "diverged": row["diverged"],
        "failed": row["failed"],
        "low": None if low is None else max(low, 0.0),
        "high": None if high is None else min(high, 1.0),
        "overall": {key.removesuffix("_mean"): value for key, value in row.items() if key.endswith("_mean")},
    }
