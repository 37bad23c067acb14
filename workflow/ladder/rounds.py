"""Decide after a round of seeds which pairs of rungs get more seeds.

A pair goes on if it is not decided yet, and if a later round can decide it (evaluation/judging.py). Pairs with chance
never go on, nor do pairs with a marked rung, which is no competitor. A rung that is only marked as at chance may owe
that to its few seeds, so its pairs go on. A variant is trained in the next round if one of its pairs goes on.
"""

from ladder.evaluate import Request, judge
from ladder.evaluation.judging import Rules
from ladder.evaluation.verdict import verdict
from ladder.formats.files import write_json

KINDS = ("adjacent", "best", "idea")
SHOWN = ("rung", "other", "difference", "p_holm", "equivalence_holm")


def look(
    rungs: dict[str, list[str]],
    index: str,
    request: Request,
    output: str,
    histories: list[str] = (),
    failures: list[str] = (),
) -> None:
    """Look at the results so far, and write a JSON file on the next round.

    rungs    rung to its scores files of the rounds so far, lowest rung first; files without a seed count for nothing
    request  the evaluation's, with `rules` of the looks so far

    The file has `round`, the number of the next round; `variants`, the variants that are trained in it; the `level` of
    this look, and what the looks so far have `spent` of `alpha`; and `pairs`, each with its verdict, the `round` after
    which it was decided or null, and whether it `goes_on`. A p is adjusted for pairs and looks, so that the verdict
    compares it with alpha.
    """
    rules = Rules(**request.rules)
    judged = judge(rungs, index, request, histories, failures)
    marked = {rung for mark, reasons in judged.marked.items() if mark != "chance" for rung in reasons}
    rows: dict[frozenset, dict] = {}
    for row in judged.rows["comparison"]:
        if row["kind"] in KINDS:
            rows.setdefault(frozenset((row["rung"], row["other"])), row)
    going = {pair for pair, row in rows.items() if row["open"] and not pair & marked}
    variants = [name for name in rungs if _gets_more(rules, name) and any(name in pair for pair in going)]
    levels = rules.levels[: rules.looks]
    write_json(
        output,
        {
            "round": rules.looks + 1,
            "variants": variants,
            "alpha": rules.alpha,
            "level": levels[-1],
            "spent": sum(levels),
            "pairs": [
                {key: row[key] for key in SHOWN}
                | {"verdict": verdict(row), "round": row["round"]}
                | {"goes_on": pair in going and any(name in variants for name in pair)}
                for pair, row in rows.items()
            ],
        },
    )
    print(f"round {rules.looks + 1} trains {', '.join(variants) or 'no variant'}")


def _gets_more(rules: Rules, name: str) -> bool:
    """Return whether the next round has seeds of a variant."""
    return name in rules.seeds and rules.seeds[name][rules.looks] > rules.seeds[name][rules.looks - 1]
