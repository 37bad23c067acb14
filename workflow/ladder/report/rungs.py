"""The rungs of the ladder as the page shows them."""

import pandas as pd

from ladder.evaluation import marks
from ladder.report.numbers import plural
from ladder.training import failures

TIMINGS = {"train_seconds": "{:.2f}", "microseconds_per_image": "{:.1f}", "peak_megabytes": "{:,.0f}"}


def rungs(
    abouts: dict[str, str],
    variants: dict[str, dict],
    seeds: dict[str, int],
    results: dict,
    validation: list[dict],
    spent: pd.DataFrame,
    failed: list[dict],
) -> list[dict]:
    """Return each rung for the templates, in the order of `abouts`.

    abouts      rung to a sentence about it
    variants    the settings of each variant
    seeds       variant to its number of seeds, failed seeds included; without variants that are trained in rounds
    results     the summary that evaluate wrote
    validation  the rows of the table `validation`
    spent       the rows of all costs.csv
    failed      the rows of all failures.csv

    A rung whose training failed has `failure` in words. If none of its seeds finished, its `accuracy` is None.
    """
    every, shown, known = spent.groupby("variant"), [], {row["variant"]: row for row in validation}
    for name, about in abouts.items():
        variant, overall = variants.get(name), results["rungs"].get(name)
        result = _result(variant, overall, known[name], every.get_group(name)) if overall else _NO_RESULT
        shown.append(_plan(name, about, variant, seeds, results, failed) | result)
    return shown


def timings(spent: pd.DataFrame) -> dict[str, str]:
    """Return the costs of a run of a rung as text, the mean over its seeds."""
    return {kind: form.format(spent[kind].mean()) for kind, form in TIMINGS.items()}


def overall(ladder: list[dict], unequal: bool) -> list[str]:
    """Return the metrics beside accuracy; balanced accuracy only where it differs, as classes have unequal sizes."""
    left_out = {"accuracy"} if unequal else {"accuracy", "balanced_accuracy"}
    return [name for name in dict.fromkeys(n for rung in ladder for n in rung["overall"]) if name not in left_out]


_NO_RESULT = {
    **dict.fromkeys(("accuracy", "low", "high", "errors", "parameters", "used")),
    "overall": {},
    "device": "",
}


def _plan(name: str, about: str, variant: dict | None, seeds: dict, results: dict, failed: list[dict]) -> dict:
    """Return the variables that a rung has even if its training failed."""
    rows = [row for row in failed if row["variant"] == name]
    finished = results["rungs"].get(name, {}).get("accuracy", {"n": 0})["n"]
    return {
        "name": name,
        "baseline": variant is None,
        "about": about,
        "marks": [row | {"word": marks.WORDS[row["mark"]]} for row in results["marks"] if row["variant"] == name],
        "settings": {
            key: value for key, value in (variant or {}).items() if key != "about" and value not in (None, {})
        },
        "failure": failures.in_words(rows, seeds.get(name, len(rows) + finished)) if rows else None,
    }


def _result(variant: dict | None, overall: dict, known: dict, spent: pd.DataFrame) -> dict:
    return {
        "accuracy": overall["accuracy"],
        "low": known["low"],
        "high": known["high"],
        "errors": (1 - known["accuracy"]) * known["images"],
        "overall": overall,
        "used": _used(variant, spent),
        "device": ", ".join(spent["device"].unique()),
        "parameters": spent["parameters"].mean(),
    }


def _used(variant: dict | None, spent: pd.DataFrame) -> str | None:
    """Return epochs and learning rate of a variant's training in words; None if they are as in the settings."""
    if variant is None:
        return None
    epochs, lr = (spent[key].iloc[0] for key in ("epochs", "lr"))
    if (epochs, lr) == (variant["epochs"], variant["lr"]):
        return None
    return f"{plural(int(epochs), 'epoch')} at a learning rate of {lr:g}"
