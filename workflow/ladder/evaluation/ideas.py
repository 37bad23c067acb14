"""Which rungs say what an idea buys: evaluate compares these pairs, and the page shows them.

An idea is tried by two rungs: the best one without it, of all below it in the order of the ideas, and the best one with
it. A rung with a mark (marks.py) is neither: what has learned nothing says nothing of an idea. A model of a user's own
belongs to no idea, since nobody has said which ideas it uses.
"""

from collections.abc import Iterator
from itertools import combinations

# Models by the idea that they add, lowest first; below them all is pixel similarity.
FAMILIES = {"linear": ("linear_by_hand", "linear"), "hidden": ("mlp",), "convolution": ("cnn", "resnet18")}
# Idea to the families without it and the family with it.
WITHOUT = {
    "learning": (("pixels",), "linear"),
    "hidden": (("pixels", "linear"), "hidden"),
    "convolution": (("pixels", "linear", "hidden"), "convolution"),
}
IDEAS = ("distance", *WITHOUT)
# Settings of a variant of which two rungs may differ in nothing else.
ALIKE = ("optimizer", "trainer", "loss")
# Settings that change no result.
ASIDE = ("about", "seeds", "seeds_per_job", "job", "after")


def families(rungs: list[str], variants: dict[str, dict]) -> dict[str, list[str]]:
    """Rungs of each family in the order of the ladder: `pixels`, `linear`, `hidden` and `convolution`.

    variants  settings of each variant, of which `model` decides
    """
    pixels = {"pixels": [name for name in ("pixel_l1", "pixel_l2") if name in rungs and name not in variants]}
    return pixels | {
        family: [name for name in rungs if name in variants and variants[name]["model"] in models]
        for family, models in FAMILIES.items()
    }


def alike(rungs: list[str], variants: dict[str, dict]) -> dict[str, list[list[str]]]:
    """Setting to every two variants of the ladder whose settings differ in it alone, the lower rung first."""
    pairs: dict[str, list[list[str]]] = {key: [] for key in ALIKE}
    for first, second in combinations([name for name in rungs if name in variants], 2):
        one, other = variants[first], variants[second]
        differ = {key for key in one.keys() | other.keys() if key not in ASIDE and one.get(key) != other.get(key)}
        if len(differ) == 1 and differ <= pairs.keys():
            pairs[differ.pop()].append([first, second])
    return pairs


def sides(members: dict[str, list[str]], rungs: list[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    """(idea, rungs without it, rungs with it), each in the order of the ladder `rungs`; ideas that lack a side are left
    out.

    members  what `families` returns
    """
    squared = [name for name in members["pixels"] if name == "pixel_l2"]
    yield from _both("distance", [name for name in members["pixels"] if name not in squared], squared)
    for idea, (without, within) in WITHOUT.items():
        lower = {name for family in without for name in members[family]}
        yield from _both(idea, [name for name in rungs if name in lower], members[within])


def pairs(
    members: dict[str, list[str]], rungs: list[str], accuracy: dict[str, float], marked: set[str]
) -> dict[str, tuple[str | None, str | None]]:
    """Idea to the best rung without it and the best one with it; None for a side whose rungs are all marked.

    members, rungs  as `sides` has them
    accuracy        rung to its mean accuracy; of equally good rungs the lowest is the best
    marked          rungs that are out of the question; those without an accuracy are too
    """

    def best(names: list[str]) -> str | None:
        return max((name for name in names if name in accuracy and name not in marked), key=accuracy.get, default=None)

    return {idea: (best(without), best(within)) for idea, without, within in sides(members, rungs)}


def _both(idea: str, without: list[str], within: list[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    if without and within:
        yield idea, without, within
