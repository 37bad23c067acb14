"""The section "Can I trust it?": intervals over images and over seeds, and verdicts on pairs of rungs."""

import pandas as pd

from ladder.evaluation.verdict import is_close, verdict
from ladder.presentation.artifacts import load
from ladder.report import rounds

TINY = 0.0001  # a smaller p is not written out
MOST = 200  # rows of `differences` on the page


def context(validation: str, comparison: str, differences: str, best: str | None, settings: dict) -> dict:
    """Return the section's variables for the template, from the files of three tables.

    best      the rung with which the others are compared
    settings  the study's settings

    rungs    rows of `validation`; a missing end of an interval is None
    pairs    rows of `comparison`, with a `verdict`, and whether it is `close`
    groups   title to the rows of `pairs` of one kind; kinds without rows are left out
    family   number of different pairs, the family of Holm's adjustment
    verdicts the verdicts that occur
    rules    the study's `alpha`, `margin` and `tests`
    rounds   a sentence on the rounds of seeds; None in a study of one round
    others   metric to rows of `differences`, for neighbours and pairs with the best rung: MOST rows at most
    left_out number of further rows of such pairs
    """
    rungs = rows("validation", validation)
    pairs = [row | {"verdict": verdict(row), "close": is_close(row)} for row in rows("comparison", comparison)]
    groups = {
        "Each rung against the rung below it": [row for row in pairs if row["kind"] == "adjacent"],
        "Each rung against the best": [row for row in pairs if row["kind"] == "best" and row["other"] == best],
        "What an idea or a setting buys": [row for row in pairs if row["kind"] == "idea"],
        "Each rung against the most frequent class": [row for row in pairs if row["kind"] == "chance"],
    }
    others = _by_metric(rows("differences", differences), pairs, best)
    return {
        "rungs": rungs,
        "pairs": pairs,
        "groups": {title: rows_of for title, rows_of in groups.items() if rows_of},
        "family": len({frozenset((row["rung"], row["other"])) for row in pairs}),
        "verdicts": {row["verdict"] for row in pairs} | {"close" for row in pairs if row["close"]},
        "rules": {key: settings[key] for key in ("alpha", "margin", "tests")},
        "rounds": rounds.sentence(settings, {row["variant"]: row["seeds"] for row in rungs}),
        "others": {metric: [_written(row) for row in own[: MOST // len(others)]] for metric, own in others.items()},
        "left_out": sum(len(own[MOST // len(others) :]) for own in others.values()),
    }


def _by_metric(rows: list[dict], pairs: list[dict], best: str | None) -> dict[str, list[dict]]:
    """Return metric to the rows of `differences` for neighbours, and for pairs with the best rung."""
    wanted = {
        frozenset((pair["rung"], pair["other"]))
        for pair in pairs
        if pair["kind"] == "adjacent" or (pair["kind"] == "best" and pair["other"] == best)
    }
    by_metric: dict[str, list[dict]] = {}
    for row in rows:
        if frozenset((row["rung"], row["other"])) in wanted:
            by_metric.setdefault(row["metric"], []).append(row)
    return by_metric


def _written(row: dict) -> dict:
    """Return a row of `differences` with its numbers as texts; None where there is no interval."""
    known = row["low"] is not None
    return {
        **row,
        "difference": signed(row["difference"]),
        "interval": f"{signed(row['low'])} to {signed(row['high'])}" if known else None,
    }


def signed(value: float) -> str:
    """Return a difference of a metric with four decimals and its sign, `+0.0123`; `0.0000` has no sign."""
    text = f"{value:+.4f}"
    return "0.0000" if float(text) == 0 else text.replace("-", "−")


def p_value(p: float) -> str:
    """Return a p with four decimals, or `<0.0001`."""
    return f"<{TINY}" if p < TINY else f"{p:.4f}"


def rows(name: str, path: str) -> list[dict]:
    """Return the rows of a table of evaluate; a missing value is None."""
    table = load(name, [path])
    return table.astype(object).where(pd.notna(table), None).to_dict("records")
