"""The section "Can I trust it?": intervals over images and over seeds, and verdicts on pairs of rungs."""

import pandas as pd

from ladder.evaluation.verdict import verdict
from ladder.presentation.artifacts import load

TINY = 0.0001  # a smaller p is not written out


def context(validation: str, comparison: str, best: str | None) -> dict:
    """Return the section's variables for the template, from the files of the two tables.

    best    the rung with which the others are compared

    rungs   rows of `validation`; a missing end of an interval is None, and intervals over seeds are cut at 0 and 1
    pairs   rows of `comparison`, with a `verdict`
    groups  title to the rows of `pairs` of one kind; kinds without rows are left out
    family  number of different pairs, the family of Holm's adjustment
    """
    pairs = [{**row, "verdict": verdict(row)} for row in _rows("comparison", comparison)]
    groups = {
        "Each rung against the rung below it": [row for row in pairs if row["kind"] == "adjacent"],
        "Each rung against the best": [row for row in pairs if row["kind"] == "best" and row["other"] == best],
        "What an idea or a setting buys": [row for row in pairs if row["kind"] == "idea"],
        "Each rung against the most frequent class": [row for row in pairs if row["kind"] == "chance"],
    }
    return {
        "rungs": [_within(row) for row in _rows("validation", validation)],
        "pairs": pairs,
        "groups": {title: rows for title, rows in groups.items() if rows},
        "family": len({frozenset((row["rung"], row["other"])) for row in pairs}),
    }


def p_value(p: float) -> str:
    """Return a p with four decimals, or `<0.0001`."""
    return f"<{TINY}" if p < TINY else f"{p:.4f}"


def _rows(name: str, path: str) -> list[dict]:
    table = load(name, [path])
    return table.astype(object).where(pd.notna(table), None).to_dict("records")


def _within(row: dict) -> dict:
    if row["seeds_low"] is None:
        return row
    return row | {"seeds_low": max(row["seeds_low"], 0.0), "seeds_high": min(row["seeds_high"], 1.0)}
