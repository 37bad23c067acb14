"""What the section "Sweeps" is filled with: for each swept variant a sentence by rule, its heat map and a table."""

import pandas as pd

from ladder.sweep.points import points_of
from ladder.sweep.settings import OPTION, text
from ladder.sweep.tables import best_of, load

SHOWN = 20  # rows of a sweep's table; points.csv has them all


def context(sweeps: dict[str, dict], ladder: dict[str, dict]) -> list[dict]:
    """What the template takes of each sweep, but its heat map.

    sweeps  variant to `over`, the values of each swept setting, `own`, the name of its own point, and the paths of its
            tables `points` and `costs`
    ladder  rung to its metrics, for a variant whose own setting is not among the points
    """
    return [
        _sweep(name, about, load(about["points"]), load(about["costs"]), ladder.get(name, {}).get("accuracy"))
        for name, about in sweeps.items()
    ]


def timings(sweeps: list[dict]) -> dict[str, dict[str, str]]:
    """Seconds of training in all of each sweep, as they are written."""
    return {f"sweep-{sweep['name']}": {"train_seconds": f"{sweep['seconds']:,.0f}"} for sweep in sweeps}


def _sweep(name: str, about: dict, points: pd.DataFrame, costs: pd.DataFrame, rung: dict | None) -> dict:
    settings = points_of(about["over"])
    found = points.astype(object).where(points.notna(), None).to_dict("records")
    rows = [_row(row, settings[row["point"]]) for row in found]
    ranked = sorted(rows, key=lambda row: (row["mean"] is None, -(row["mean"] or 0)))
    chosen = best_of(points)
    best = next((row for row in rows if row["point"] == chosen), None)
    own = next((row for row in rows if row["point"] == about["own"]), None)
    return {
        "name": name,
        "settings": [key.removeprefix(OPTION) for key in about["over"]],
        "points": len(rows),
        "runs": sum(row["n"] + row["diverged"] for row in rows),
        "diverged": sum(row["diverged"] for row in rows),
        "hit": sum(row["diverged"] > 0 for row in rows),
        "best": best,
        "own": own,
        "own_name": about["own"],
        "own_is_best": own is not None and own is best,
        "rung": rung,
        "rivals": None if best is None or best["low"] is None else rivals(best, rows),
        "rows": ranked[:SHOWN],
        "overall": [key.removesuffix("_mean") for key in points.columns if key.endswith("_mean")][1:],
        "seconds": float(costs["train_seconds"].sum()),
    }


def rivals(best: dict, rows: list[dict]) -> int:
    """How many other points have a 95% interval that overlaps the best one's."""
    others = [row for row in rows if row is not best and row["low"] is not None]
    return sum(row["high"] >= best["low"] and row["low"] <= best["high"] for row in others)


def _row(row: dict, point: dict) -> dict:
    """A point as the page shows it; its settings as text, and ends of its interval kept within 0 and 1."""
    low, high = row["accuracy_low"], row["accuracy_high"]
    return {
        **{"point": row["point"], "settings": [text(value) for value in point.values()]},
        **{"mean": row["accuracy_mean"], "n": row["n"], "diverged": row["diverged"]},
        **{"low": None if low is None else max(low, 0.0), "high": None if high is None else min(high, 1.0)},
        "overall": {key.removesuffix("_mean"): value for key, value in row.items() if key.endswith("_mean")},
    }
