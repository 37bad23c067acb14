"""The notebook's own work, cold, from the archive to the report."""

from benchmarks.measure import by_turns
from benchmarks.place import DATASET, Place
from benchmarks.results import Limit, Line

PAIRS = 3
LADDER = ["pixel_l1", "linear_scratch", "linear_optim", "linear_sgd", "linear_learner", "mlp", "resnet18"]


def measure(place: Place, pairs: int) -> list[Line]:
    """Measure whole processes, imports included."""
    overlay = {"dataset": DATASET, "ladder": LADDER, "seeds": 1}
    ours, theirs = by_turns(lambda _: place.cold_study(overlay)[1].seconds, lambda _: place.notebook().seconds, pairs)
    return [
        Line(
            f"the notebook's work: its variants with one seed each, cold, `snakemake --cores {place.cores}`",
            ours,
            "s",
            "the notebook as a script, its images unpacked and in the page cache",
            theirs,
            Limit("at most", 0.8, aim=0.5),
        )
    ]
