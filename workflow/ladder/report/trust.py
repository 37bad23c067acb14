"""The section "Can I trust it?": intervals over images and over seeds, and verdicts on pairs of rungs."""

import pandas as pd

from ladder.evaluation.verdict import is_close, verdict
from ladder.presentation.artifacts import load

TINY = 0.0001  # a smaller p is not written out


def context(validation: str, comparison: str, best: str | None, settings: dict) -> dict:
    """Return the section's variables for the template, from the files of the two tables.

    best      the rung with which the others are compared
    settings  the study's `alpha`, `margin` and `tests`

    rungs    rows of `validation`; a missing end of an interval is None
    pairs    rows of `comparison`, with a `verdict`, and whether it is `close`
    groups   title to the rows of `pairs` of one kind; kinds without rows are left out
    family   number of different pairs, the family of Holm's adjustment
    verdicts the verdicts that occur
    rules    the study's `alpha`, `margin` and `tests`
    """
    pairs = [row | {"verdict": verdict(row), "close": is_close(row)} for row in rows("comparison", comparison)]
    groups = {
        "Each rung against the rung below it": [row for row in pairs if row["kind"] == "adjacent"],
        "Each rung against the best": [row for row in pairs if row["kind"] == "best" and row["other"] == best],
        "What an idea or a setting buys": [row for row in pairs if row["kind"] == "idea"],
        "Each rung against the most frequent class": [row for row in pairs if row["kind"] == "chance"],
    }
    return {
        "rungs": rows("validation", validation),
        "pairs": pairs,
        "groups": {title: rows_of for title, rows_of in groups.items() if rows_of},
        "family": len({frozenset((row["rung"], row["other"])) for row in pairs}),
        "verdicts": {row["verdict"] for row in pairs} | {"close" for row in pairs if row["close"]},
        "rules": {key: settings[key] for key in ("alpha", "margin", "tests")},
    }


def p_value(p: float) -> str:
    """Return a p with four decimals, or `<0.0001`."""
    return f"<{TINY}" if p < TINY else f"{p:.4f}"


def rows(name: str, path: str) -> list[dict]:
    """Return the rows of a table of evaluate; a missing value is None."""
    table = load(name, [path])
    return table.astype(object).where(pd.notna(table), None).to_dict("records")
