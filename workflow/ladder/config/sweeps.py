"""A sweep of the config: its points, its runs, and the blocks of runs that one job trains.

A point is a choice of one value for each swept setting. A run trains one point with one seed. Runs are numbered point
by point, so that points added at the end leave the earlier blocks as they are.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product

from ladder.config import swept_settings

DIGITS = 3  # significant digits of the values between the ends of a range; more if the values would not differ


@dataclass(frozen=True)
class Sweep:
    """One variant, trained with several values of some of its settings.

    recipe        settings of the variant that all points share
    own           name of the point that is the variant itself; the sweep need not contain this point
    over          values of each swept setting
    seeds         number of seeds that each point is trained with
    runs_per_job  number of runs in a block
    """

    recipe: dict
    own: str
    over: dict[str, list]
    seeds: int
    runs_per_job: int

    @cached_property
    def points(self) -> dict[str, dict]:
        """The settings of each point, by its name; the last setting changes fastest."""
        return points_of(self.over)

    @property
    def blocks(self) -> list[str]:
        """The blocks of runs that one job trains each: 120 runs in blocks of 50 are `0-49`, `50-99`, `100-119`."""
        runs, size = len(self.points) * self.seeds, self.runs_per_job
        return [f"{first}-{min(first + size, runs) - 1}" for first in range(0, runs, size)]

    def runs_of(self, block: str) -> list[dict]:
        """Return the runs of a block, one dict per point: its name, its settings, and each run's seed by number."""
        first, last = (int(end) for end in block.split("-"))
        points = []
        for number in range(first // self.seeds, last // self.seeds + 1):
            start = number * self.seeds
            runs = range(max(first, start), min(last + 1, start + self.seeds))
            name = self._names[number]
            seeds = {run: run - start for run in runs}
            points.append({"point": name, "settings": self.points[name], "seeds": seeds})
        return points

    @cached_property
    def _names(self) -> list[str]:
        return list(self.points)


def points_of(over: dict[str, list]) -> dict[str, dict]:
    """Return the settings of each point, by its name: the product of the values, each list in its order."""
    every = (dict(zip(over, chosen, strict=True)) for chosen in product(*over.values()))
    return {swept_settings.name_of(point): point for point in every}


def values(spec: list | dict, whole: bool) -> list:
    """Return the values of a list or a range; `whole` rounds the values of a range to whole numbers.

    A range keeps its ends as they are given. The values between them are rounded to 3 significant digits, or to as many
    more as they need to differ. So the name of a point holds its exact value.
    """
    if isinstance(spec, list):
        return spec
    low, high, count = spec["from"], spec["to"], spec["count"]
    if spec["scale"] == "log":
        inner = [low * (high / low) ** (i / (count - 1)) for i in range(1, count - 1)]
    else:
        inner = [low + (high - low) * i / (count - 1) for i in range(1, count - 1)]
    if whole:
        return [low, *(round(value) for value in inner), high]
    for digits in range(DIGITS, 18):
        rounded = [low, *(float(f"{value:.{digits}g}") for value in inner), high]
        if all(a < b for a, b in pairwise(rounded)):
            break
    return rounded


def problem_of_range(spec: dict) -> str | None:
    """Return a sentence if a range has no values, or else None."""
    low, high = spec["from"], spec["to"]
    if low >= high:
        return f"a range from {low} to {high} has no values; `from` must be less than `to`"
    if spec["scale"] == "log" and low <= 0:
        return f"a range with scale log starts above 0, not at {low}"
    return None
