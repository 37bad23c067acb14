"""Photos of many sizes to images of 128x128, against the same work of fastai in every epoch."""

import tempfile
from pathlib import Path

from benchmarks.measure import ROOT, ask, by_turns
from benchmarks.place import Place
from benchmarks.results import Limit, Line

PAIRS = 5
IMAGES = 1000
SCRIPT = ROOT / "benchmarks/photos.py"


def measure(place: Place, pairs: int) -> list[Line]:
    """Measure each in a fresh process, without imports; the photos are in the page cache."""
    folder = place.root / "photos"
    ask([SCRIPT, "make", folder, IMAGES])

    def ours(_: int) -> float:
        with tempfile.TemporaryDirectory(dir=place.root) as tensors:
            return ask([SCRIPT, "ours", folder, tensors, place.cores])[0]["seconds"]

    def theirs(_: int) -> float:
        return ask([SCRIPT, "theirs", folder, place.cores])[0]["seconds"]

    our_times, their_times = by_turns(ours, theirs, pairs)
    size = sum(path.stat().st_size for path in Path(folder).rglob("*.jpg")) / IMAGES / 1000
    return [
        Line(
            f"tensorize {IMAGES:,} photos of about 700x500, {size:.0f} kB each, to 128x128",
            our_times,
            "s",
            "one pass of fastai's ImageDataLoaders with Resize(128), as many workers",
            their_times,
            Limit("at most", 0.3, aim=0.2),
        )
    ]
