"""The section "Can I trust it?": intervals over images and over seeds, and verdicts on pairs of rungs."""

import pandas as pd

from ladder.config import rounds
from ladder.evaluation.verdict import verdict
from ladder.presentation.artifacts import load
from ladder.report.numbers import plural

TINY = 0.0001  # a smaller p is not written out


def context(validation: str, comparison: str, best: str | None, settings: dict) -> dict:
    """Return the section's variables for the template, from the files of the two tables.

    best      the rung with which the others are compared
    settings  the study's settings

    rungs    rows of `validation`; a missing end of an interval is None
    pairs    rows of `comparison`, with a `verdict`
    groups   title to the rows of `pairs` of one kind; kinds without rows are left out
    family   number of different pairs, the family of Holm's adjustment
    verdicts the verdicts that occur
    rules    the study's `alpha`, `margin` and `tests`
    rounds   a sentence on the rounds of seeds; None in a study of one round
    """
    rungs = rows("validation", validation)
    pairs = [{**row, "verdict": verdict(row)} for row in rows("comparison", comparison)]
    groups = {
        "Each rung against the rung below it": [row for row in pairs if row["kind"] == "adjacent"],
        "Each rung against the best": [row for row in pairs if row["kind"] == "best" and row["other"] == best],
        "What an idea or a setting buys": [row for row in pairs if row["kind"] == "idea"],
        "Each rung against the most frequent class": [row for row in pairs if row["kind"] == "chance"],
    }
    return {
        "rungs": rungs,
        "pairs": pairs,
        "groups": {title: rows_of for title, rows_of in groups.items() if rows_of},
        "family": len({frozenset((row["rung"], row["other"])) for row in pairs}),
        "verdicts": {row["verdict"] for row in pairs},
        "rules": {key: settings[key] for key in ("alpha", "margin", "tests")},
        "rounds": on_rounds(settings, {row["variant"]: row["seeds"] for row in rungs}),
    }


def on_rounds(settings: dict, finished: dict[str, int]) -> str | None:
    """Return a sentence on the rounds of seeds and on what rungs got how many; None in a study of one round.

    finished  rung to its number of finished seeds
    """
    plans = {
        name: rounds.counts(variant.get("seeds", settings["seeds"]))
        for name, variant in settings.get("variants", {}).items()
        if name in finished
    }
    got: dict[int, list[str]] = {}
    for name, plan in plans.items():
        if len(plan) > 1:
            # A failed seed counts too.
            got.setdefault(next(number for number in plan if number >= finished[name]), []).append(name)
    if not got:
        return None
    most = max(sum(number <= last for number in plans[name]) for last, names in got.items() for name in names)
    shares = "; ".join(f"{', '.join(names)}: {plural(number, 'seed')}" for number, names in sorted(got.items()))
    possible = max(len(plan) for plan in plans.values())
    return f"Of {possible} rounds of seeds that were possible there {'was' if most == 1 else 'were'} {most} ({shares})."


def p_value(p: float) -> str:
    """Return a p with four decimals, or `<0.0001`."""
    return f"<{TINY}" if p < TINY else f"{p:.4f}"


def rows(name: str, path: str) -> list[dict]:
    """Return the rows of a table of evaluate; a missing value is None."""
    table = load(name, [path])
    return table.astype(object).where(pd.notna(table), None).to_dict("records")
