"""The default study, cold, against one run of the notebook."""

from benchmarks.measure import by_turns
from benchmarks.place import Place
from benchmarks.results import Limit, Line

PAIRS = 3


def measure(place: Place, pairs: int) -> list[Line]:
    """Whole processes, imports included."""

    def ours(number: int) -> float:
        # Other rows look at a study that has been run; the first one serves them.
        _, used = place.finished_study if number == 0 else place.cold_study()
        return used.seconds

    mine, theirs = by_turns(ours, lambda _: place.notebook().seconds, pairs)
    rungs, seeds = len(place.study.rungs), place.study.settings["seeds"]
    return [
        Line(
            f"the default study: {rungs} rungs, {seeds} seeds, cold, `snakemake --cores {place.cores}`",
            mine,
            "s",
            "one run of the notebook",
            theirs,
            Limit("at most", 2, aim=1.5),
        )
    ]
