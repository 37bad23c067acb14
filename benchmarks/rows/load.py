"""Memory of tensorize and evaluate as the images grow in number, up to a million."""

import tempfile
from pathlib import Path

from benchmarks.generated import RUNGS, SEEDS, WORKERS
from benchmarks.measure import ROOT, ask, run
from benchmarks.place import PYTHON, Place
from benchmarks.results import Limit, Line, Table

PAIRS = 1
FEW, IMAGES, MANY = 10_000, 100_000, 1_000_000
LIMIT = Limit("at most", 1.1)  # ratio of the memory for MANY images to that for IMAGES
STAGES = {
    "tar": "tensorize, from a .tar.gz",
    "zip": "tensorize, from a .zip",
    "folder": "tensorize, from a folder",
    "pool": "tensorize, from a .zip whose splits are drawn",
    "npz": "tensorize, from an .npz",
    "parquet": "tensorize, from parquet",
    "scores": f"evaluate, {RUNGS} rungs of {SEEDS} seeds",
}


def measure(place: Place, pairs: int) -> list[Line | Table]:
    """Measure each stage; all measurements of a stage have the same images."""
    lines, rows = [], []
    for kind, stage in STAGES.items():
        by_number = {images: _measured(place, kind, images, pairs) for images in (FEW, IMAGES, MANY)}
        megabytes = {images: [cost["megabytes"] for cost in costs] for images, costs in by_number.items()}
        what = f"{stage}: peak memory at {MANY:,} images"
        lines.append(Line(what, megabytes[MANY], "MB", f"at {IMAGES:,} images", megabytes[IMAGES], LIMIT))
        rows += [
            [stage, images, max(megabytes[images]), min(cost["seconds"] for cost in costs)]
            for images, costs in by_number.items()
        ]
    note = (
        "Resident memory of the largest process, libraries included (ru_maxrss; tensorize has "
        f"{WORKERS} workers of at most as much), and seconds without imports. Images are 8x8 and grey, of ten classes, "
        "no two alike, in no sorted order; those of evaluate are all for validation."
    )
    return [*lines, Table("Many images", ["stage", "images", "peak MB", "seconds"], rows, note)]


def _measured(place: Place, kind: str, images: int, pairs: int) -> list[dict]:
    script = ROOT / "benchmarks/generated.py"
    with tempfile.TemporaryDirectory(dir=place.root) as folder:
        made = Path(folder, "made")
        run([PYTHON, script, "make", kind, made, images])
        return [ask([script, "measure", kind, made, Path(folder, str(number))])[0] for number in range(pairs)]
