"""The images as tensors: from the archive to files, against opening one PNG after another."""

import tempfile

from benchmarks.measure import ROOT, ask, by_turns
from benchmarks.place import Place
from benchmarks.results import Limit, Line

PAIRS = 9


def measure(place: Place, pairs: int) -> list[Line]:
    """Measure each in a fresh process, without imports."""
    images, archive = place.images, place.archive

    def ours(_: int) -> float:
        with tempfile.TemporaryDirectory(dir=place.root) as folder:
            command = [ROOT / "benchmarks/ours.py", "tensorize", archive, folder, place.cores]
            return ask(command, env=place.environment)[0]["seconds"]

    def theirs(_: int) -> float:
        command = [ROOT / "benchmarks/notebook.py", images, "--part", "tensorize"]
        return ask(command, env=place.environment)[0]["seconds"]["tensorize"]

    our_times, their_times = by_turns(ours, theirs, pairs)
    return [
        Line(
            "tensorize MNIST_SAMPLE, from the archive to verified files",
            our_times,
            "s",
            "the notebook's loops over its PNGs, in the page cache, to memory",
            their_times,
            Limit("at most", 1 / 3),
        )
    ]
