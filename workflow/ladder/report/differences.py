"""Settings that change from rung to rung: a sentence above the ladder, and a table below the ladder."""

from itertools import pairwise

from ladder.config.swept_settings import OPTION, text
from ladder.evaluation.ideas import ASIDE
from ladder.report.numbers import plural

NAMED = 4  # rungs that the sentence names; the table has all rungs


def context(rungs: list[str], variants: dict[str, dict]) -> dict:
    """Return the template's `differences`: a `sentence`, maybe empty, and `steps`, one for each rung above another.

    rungs     names, the lowest rung first
    variants  the settings of each variant; a rung without settings is a baseline
    """
    steps = [_step(below, rung, variants) for below, rung in pairwise(rungs)]
    return {"sentence": _sentence(steps), "steps": steps}


def changes(before: dict, after: dict) -> list[dict]:
    """Return the settings in which two variants differ: `setting`, `before` and `after` as text, in the recipe's order.

    If the models differ, their options belong to the change of the model and are no separate changes.
    """
    differences = []
    for key in dict.fromkeys([*after, *before]):
        if key in (*ASIDE, "options") or before.get(key) == after.get(key):
            continue
        write = _model if key == "model" else _value
        differences.append({"setting": key, "before": write(before, key), "after": write(after, key)})
    if before["model"] == after["model"]:
        for name in sorted({*before["options"], *after["options"]}):
            old, new = (options.get(name, "the model's own") for options in (before["options"], after["options"]))
            if old != new:
                differences.append({"setting": OPTION + name, "before": text(old), "after": text(new)})
    return differences


def _model(variant: dict, key: str) -> str:
    options = ", ".join(f"{name}: {text(value)}" for name, value in variant["options"].items())
    return f"{variant[key]} ({options})" if options else variant[key]


def _value(variant: dict, key: str) -> str:
    return text(variant.get(key))


def _step(below: str, rung: str, variants: dict[str, dict]) -> dict:
    """Return one step of the ladder; `changes` is None if one of the two rungs is a baseline, which has no recipe."""
    trained = below in variants and rung in variants
    return {
        "below": below,
        "rung": rung,
        "baseline": rung not in variants,
        "changes": changes(variants[below], variants[rung]) if trained else None,
    }


def _sentence(steps: list[dict]) -> str:
    compared = [step for step in steps if step["changes"] is not None]
    single = [step for step in compared if len(step["changes"]) == 1]
    several = sum(len(step["changes"]) > 1 for step in compared)
    same = [step["rung"] for step in compared if not step["changes"]]
    sentences = []
    if single:
        named = "; ".join(f"{step['rung']}: {_written(*step['changes'])}" for step in single[:NAMED])
        more = f"; and {len(single) - NAMED} more" if len(single) > NAMED else ""
        which = "Each rung above a trained one" if len(single) == len(compared) else plural(len(single), "rung")
        differs = "differs" if len(single) in (1, len(compared)) else "differ"
        sentences.append(f"{which} {differs} from the rung below in one setting ({named}{more}).")
    if several:
        which = "each rung above a trained one" if several == len(compared) else plural(several, "rung")
        sentences.append(
            f"In {which} several settings change at once, so a difference to the rung below cannot be put down to one "
            "of these settings."
        )
    if same:
        sentences.append(f"No setting changes in {', '.join(same)}.")
    return " ".join(sentences)


def _written(change: dict) -> str:
    return f"{change['setting']} {change['before']} → {change['after']}"
