"""Pairs of rungs that show what an idea buys: evaluate compares these pairs, and the page shows them.

A model or a baseline says by its constant `IDEA` which idea it adds to the ideas of the rungs below. Two rungs try an
idea: the best rung with the idea, and the best rung of the earlier ideas. A rung with a mark (marks.py) is neither,
since a model that has learned nothing says nothing about an idea.
"""

from collections.abc import Iterator
from itertools import combinations

from ladder.provenance import source_code

# The ideas from the lowest to the highest.
IDEAS = ("similarity", "distance", "learning", "hidden", "convolution")
# Two rungs that differ in exactly one of these settings are compared.
ALIKE = ("optimizer", "trainer", "loss")
# Settings that change no result.
ASIDE = ("about", "seeds", "seeds_per_job", "job", "after")


def members(rungs: list[str], variants: dict[str, dict]) -> dict[str, list[str]]:
    """Return idea to the rungs that add it, in the order of the ladder. A rung whose code has no IDEA is left out.

    variants  settings of each variant; any other rung is a baseline
    """
    modules = {name: f"models.{variants[name]['model']}" if name in variants else f"baselines.{name}" for name in rungs}
    added = {name: source_code.constants(module).get("IDEA") for name, module in modules.items()}
    return {idea: [name for name in rungs if added[name] == idea] for idea in IDEAS}


def alike(rungs: list[str], variants: dict[str, dict]) -> dict[str, list[list[str]]]:
    """Return setting to the pairs of variants that differ in this setting alone, the lower rung first."""
    pairs: dict[str, list[list[str]]] = {key: [] for key in ALIKE}
    for first, second in combinations([name for name in rungs if name in variants], 2):
        lower, upper = variants[first], variants[second]
        differ = {key for key in lower.keys() | upper.keys() if key not in ASIDE and lower.get(key) != upper.get(key)}
        if len(differ) == 1 and differ <= pairs.keys():
            pairs[differ.pop()].append([first, second])
    return pairs


def sides(members: dict[str, list[str]], rungs: list[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield (idea, rungs without the idea, rungs with the idea), both in the order of the ladder `rungs`.

    Ideas without rungs on one side are left out.

    members  idea to its rungs; ideas without rungs may be left out
    """
    earlier: set[str] = set()
    for idea in IDEAS:
        without, within = [name for name in rungs if name in earlier], members.get(idea, [])
        if without and within:
            yield idea, without, within
        earlier.update(within)


def pairs(
    members: dict[str, list[str]], rungs: list[str], accuracy: dict[str, float], marked: set[str]
) -> dict[str, tuple[str | None, str | None]]:
    """Return idea to the best rung without the idea and the best rung with it; None for a side without candidates.

    members, rungs  arguments of `sides`
    accuracy        rung to its mean accuracy; of equally good rungs the lowest is the best
    marked          rungs that are no candidates; rungs without an accuracy are no candidates either
    """

    def best(names: list[str]) -> str | None:
        return max((name for name in names if name in accuracy and name not in marked), key=accuracy.get, default=None)

    return {idea: (best(without), best(within)) for idea, without, within in sides(members, rungs)}
