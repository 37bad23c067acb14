"""The plan of a large study: time and memory of a dry run."""

import yaml

from benchmarks.measure import ROOT
from benchmarks.place import DATASET, Place
from benchmarks.results import Limit, Line

PAIRS = 3
VARIANTS, SEEDS = 10, 1000


def measure(place: Place, pairs: int) -> list[Line]:
    """Plan ten linear variants with a thousand seeds each, one job a seed."""
    linear = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["variants"]["linear_sgd"]
    own = {f"linear_{number}": {"lr": 1 / (1 + number), "job": None} for number in range(VARIANTS)}
    variants = {name: linear | changes for name, changes in own.items()}
    overlay = {"dataset": DATASET, "ladder": list(variants), "seeds": SEEDS, "seeds_per_job": 1, "variants": variants}
    project = place.copy(overlay)
    used = [place.snakemake(project, "-n") for _ in range(pairs)]
    what = f"dry run of a study of {VARIANTS * SEEDS:,} runs, a job each"
    return [
        Line(what, [usage.seconds for usage in used], "s", limit=Limit("at most", 30)),
        Line(f"{what}: memory", [usage.peak_bytes / 1e9 for usage in used], "GB", limit=Limit("at most", 1)),
    ]
