"""What the section "Can I trust it?" is filled with: intervals of two kinds, and verdicts on pairs of rungs."""

import pandas as pd

from ladder.artifacts import load

TINY = 0.0001  # below which a p is not written out


def context(validation: str, comparison: str) -> dict:
    """What the template takes, from the files of the two tables.

    rungs           rows of `validation`, ends that do not exist as None, those between seeds kept within 0 and 1
    adjacent, best  rows of `comparison` of each kind, with a `verdict`
    family          how many pairs Holm's adjustment is for
    lead            the end of the headline: whether the best rung's lead over the runner-up is more than chance
    """
    pairs = [{**row, "verdict": verdict(row)} for row in _rows(comparison)]
    return {
        "rungs": [_within(row) for row in _rows(validation)],
        "adjacent": [row for row in pairs if row["kind"] == "adjacent"],
        "best": [row for row in pairs if row["kind"] == "best"],
        "family": len({frozenset((row["rung"], row["other"])) for row in pairs}),
        "lead": lead(pairs),
    }


def verdict(row: dict) -> str:
    """What a row of `comparison` says of its rung, in words."""
    if not row["distinguishable"]:
        return "not distinguishable"
    return "better" if row["difference"] > 0 else "worse"


def lead(pairs: list[dict]) -> str:
    """Whether the best rung is better than the one that comes nearest, in words; nothing where it is the only one."""
    against = [row for row in pairs if row["kind"] == "best"]
    if not against:
        return ""
    nearest = max(against, key=lambda row: row["difference"])
    if not nearest["distinguishable"]:
        return f"; its lead over {nearest['rung']} is not distinguishable from zero"
    gap, low, high = (f"{-100 * nearest[end]:.2f}" for end in ("difference", "high", "low"))
    return f"; it beats {nearest['rung']} by {gap} points (95% interval {low} to {high})"


def points(share: float) -> str:
    """A difference of shares in percentage points with its sign, `+0.05`; `0.00` has none."""
    text = f"{100 * share:+.2f}"
    return "0.00" if float(text) == 0 else text.replace("-", "−")


def p_value(p: float) -> str:
    """A p with four decimals, or `<0.0001`."""
    return f"<{TINY}" if p < TINY else f"{p:.4f}"


def _rows(path: str) -> list[dict]:
    table = load("table", [path])
    return table.astype(object).where(pd.notna(table), None).to_dict("records")


def _within(row: dict) -> dict:
    if row["seeds_low"] is None:
        return row
    return row | {"seeds_low": max(row["seeds_low"], 0.0), "seeds_high": min(row["seeds_high"], 1.0)}
