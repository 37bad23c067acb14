"""All of MNIST from NumPy arrays, IDX files and parquet, against NumPy and pyarrow, which only read them."""

import gc
import gzip
import io
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np
from PIL import Image
from pyarrow import parquet

from benchmarks import mnist
from benchmarks.measure import by_turns
from benchmarks.place import Place
from benchmarks.results import Limit, Line
from ladder.tensorize import tensorize, tensorize_stacks

PAIRS = 7
FILES = {"npz": "mnist.npz", "idx": "idx", "parquet": "parquet"}
LIMIT = Limit("at most", 1.5)


def measure(place: Place, pairs: int) -> list[Line]:
    """Measure both here, from files in the page cache: ours to verified tensors on the disk, theirs to memory."""
    folder = place.root / "arrays"
    folder.mkdir()
    mnist.write(place, folder)
    ours = {kind: partial(_ours, place, kind, str(folder / name)) for kind, name in FILES.items()}
    kept = list(folder.rglob("*.parquet"))
    lines = [
        _line("npz", ours["npz"], "np.load of its arrays", partial(_npz, folder / "mnist.npz"), pairs, LIMIT),
        _line("IDX", ours["idx"], "gzip and np.frombuffer", partial(_idx, folder / "idx"), pairs, LIMIT),
        _line("parquet", ours["parquet"], "pyarrow, and Pillow for each PNG", partial(_decoded, kept), pairs, LIMIT),
        _line("parquet", ours["parquet"], "pyarrow, the PNGs not decoded", partial(_encoded, kept), pairs, None),
    ]
    gc.unfreeze()
    return lines


def _line(name: str, ours: Callable, what: str, theirs: Callable, pairs: int, limit: Limit | None) -> Line:
    gc.freeze()  # as each job does (ladder/runtime/job.py)
    mine, others = by_turns(partial(_timed, ours), partial(_timed, theirs), pairs)
    return Line(f"tensorize all of MNIST from {name}", mine, "s", what, others, limit)


def _timed(work: Callable[[], object], _: int) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _ours(place: Place, kind: str, location: str) -> None:
    module = import_module(f"ladder.datasets.{kind}")
    with tempfile.TemporaryDirectory(dir=place.root) as made, redirect_stdout(io.StringIO()):
        outputs = {split: str(Path(made) / split) for split in mnist.SPLITS}
        index, facts = str(Path(made) / "index.csv"), str(Path(made) / "facts.json")
        if hasattr(module, "stacks"):
            tensorize_stacks(module.stacks(location), outputs, index, facts)
        else:
            tensorize(partial(module.entries, location, {}), outputs, index, facts, place.cores)


def _npz(path: Path) -> list[np.ndarray]:
    with np.load(path) as arrays:
        return [arrays[name] for name in arrays]


def _idx(folder: Path) -> list[np.ndarray]:
    return [np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8) for path in folder.iterdir()]


def _encoded(paths: list[Path]) -> list:
    return [parquet.read_table(path) for path in paths]


def _decoded(paths: list[Path]) -> list[np.ndarray]:
    images = (cell["bytes"] for table in _encoded(paths) for cell in table["image"].to_pylist())
    return [np.asarray(Image.open(io.BytesIO(image))) for image in images]
