"""Pairs of rungs that show what an idea buys: evaluate compares these pairs, and the page shows them.

Two rungs try an idea: the best rung with the idea, and the best rung of the earlier ideas. A rung with a mark
(marks.py) is neither, since a model that has learned nothing says nothing about an idea. A user's model belongs to no
idea, since the pipeline does not know which ideas the model uses.
"""

from collections.abc import Iterator
from itertools import combinations

# Models by the idea that they add, lowest idea first; pixel similarity is below all of them.
FAMILIES = {"linear": ("linear_by_hand", "linear"), "hidden": ("mlp",), "convolution": ("cnn", "resnet18")}
# Idea to the families without the idea and the family with the idea.
WITHOUT = {
    "learning": (("pixels",), "linear"),
    "hidden": (("pixels", "linear"), "hidden"),
    "convolution": (("pixels", "linear", "hidden"), "convolution"),
}
IDEAS = ("distance", *WITHOUT)
# Two rungs that differ in exactly one of these settings are compared.
ALIKE = ("optimizer", "trainer", "loss")
# Settings that change no result.
ASIDE = ("about", "seeds", "seeds_per_job", "job", "after")


def families(rungs: list[str], variants: dict[str, dict]) -> dict[str, list[str]]:
    """Return the rungs of each family in the order of the ladder: `pixels`, `linear`, `hidden` and `convolution`.

    variants  settings of each variant; the setting `model` decides the family
    """
    pixels = {"pixels": [name for name in ("pixel_l1", "pixel_l2") if name in rungs and name not in variants]}
    return pixels | {
        family: [name for name in rungs if name in variants and variants[name]["model"] in models]
        for family, models in FAMILIES.items()
    }


def alike(rungs: list[str], variants: dict[str, dict]) -> dict[str, list[list[str]]]:
    """Return setting to the pairs of variants that differ in this setting alone, the lower rung first."""
    pairs: dict[str, list[list[str]]] = {key: [] for key in ALIKE}
    for first, second in combinations([name for name in rungs if name in variants], 2):
        one, other = variants[first], variants[second]
        differ = {key for key in one.keys() | other.keys() if key not in ASIDE and one.get(key) != other.get(key)}
        if len(differ) == 1 and differ <= pairs.keys():
            pairs[differ.pop()].append([first, second])
    return pairs


def sides(members: dict[str, list[str]], rungs: list[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield (idea, rungs without the idea, rungs with the idea), both in the order of the ladder `rungs`.

    Ideas without rungs on one side are left out.

    members  result of `families`
    """
    squared = [name for name in members["pixels"] if name == "pixel_l2"]
    yield from _both("distance", [name for name in members["pixels"] if name not in squared], squared)
    for idea, (without, within) in WITHOUT.items():
        lower = {name for family in without for name in members[family]}
        yield from _both(idea, [name for name in rungs if name in lower], members[within])


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


def _both(idea: str, without: list[str], within: list[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    if without and within:
        yield idea, without, within
