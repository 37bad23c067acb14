"""A second run of the default study, in which nothing is to be done."""

import tempfile
from pathlib import Path

from benchmarks.measure import by_turns, run
from benchmarks.place import SNAKEMAKE, Place
from benchmarks.results import Limit, Line

PAIRS = 9


def measure(place: Place, pairs: int) -> list[Line]:
    """Measure against the seconds that Snakemake itself takes to start, read a file and find no work."""
    project, _ = place.finished_study
    with tempfile.TemporaryDirectory(dir=place.root) as folder:
        Path(folder, "Snakefile").write_text("rule all:\n    input:\n        [],\n", encoding="utf-8")
        ours, theirs = by_turns(
            lambda _: place.snakemake(project).seconds,
            lambda _: run([SNAKEMAKE, "-n"], Path(folder), place.environment).seconds,
            pairs,
        )
    against = "`snakemake -n` of one empty rule"
    return [Line("a second run of the default study", ours, "s", against, theirs, Limit("at most", 2))]
