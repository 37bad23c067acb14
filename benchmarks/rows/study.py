"""The default study, cold, against one run of the notebook."""

from benchmarks.measure import by_turns
from benchmarks.place import Place
from benchmarks.results import Limit, Line

PAIRS = 3


def measure(place: Place, pairs: int) -> list[Line]:
    """Measure whole processes, imports included."""

    def ours(number: int) -> float:
        # The first study serves other rows, which look at a finished study.
        _, used = place.finished_study if number == 0 else place.cold_study()
        return used.seconds

    our_times, their_times = by_turns(ours, lambda _: place.notebook().seconds, pairs)
    rungs, seeds = len(place.study.rungs), place.study.settings["seeds"]
    return [
        Line(
            f"the default study: {rungs} rungs, {seeds} seeds, cold, `snakemake --cores {place.cores}`",
            our_times,
            "s",
            "one run of the notebook",
            their_times,
            Limit("at most", 2, aim=1.5),
        )
    ]
