"""Tensorize and evaluate need no more memory for more images, and a study does no more for a run where it has more.

Memory is the resident one of a process of its own. The limits up to which a stage keeps things in memory are a tenth of
the real ones and less, so that both sizes are beyond them; `make benchmark ROWS=load` measures a million images.
"""

import json
import os
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from benchmarks import generated
from ladder.evaluate import Request, evaluate
from ladder.formats import scores

# Beyond the first thousands, which fill caches of a bounded size.
FEW, MANY = 15_000, 60_000
SCRIPT = """
import json, sys
from pathlib import Path
from benchmarks import generated
from ladder.formats import tensor_file
from ladder.images import decoding_workers, index, leakage
index.KEPT, tensor_file.BUFFER, tensor_file.WHOLE, decoding_workers.WORTH_A_POOL = 1 << 18, 1 << 16, 1 << 17, 0.0
leakage.CHUNK, leakage.PART = 1 << 16, 1 << 10
if sys.argv[1] == "scores":
    from ladder.formats import scores
    scores.ROWS = 2048
print(json.dumps(generated.measure(sys.argv[1], *map(Path, sys.argv[2:]))))
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", generated.MAKE)
def test_memory_does_not_grow_with_the_images(tmp_path, kind, monkeypatch):
    monkeypatch.setattr(scores, "ROWS", 2048)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    megabytes = {}
    for images in (FEW, MANY):
        made = tmp_path / f"{images}.{kind}"
        generated.MAKE[kind](made, images)
        command = [sys.executable, "-c", SCRIPT, kind, str(made), str(tmp_path / f"{images}")]
        done = subprocess.run(command, env=environment, text=True, capture_output=True, check=True)
        megabytes[images] = json.loads(done.stdout.splitlines()[-1])["megabytes"]
    assert megabytes[MANY] < 1.1 * megabytes[FEW]


def test_generated_images_are_no_two_alike():
    made = dict(generated.files(2_000))
    assert len(made) == len(set(made.values())) == 2_000
    assert list(made) != sorted(made)


def calls_during(work):
    """Functions that are called, Python's and C's: what a run costs, without a clock."""
    count = 0

    def seen(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_evaluate_does_as_much_for_the_thousandth_run_as_for_the_tenth(tmp_path):
    random, labels = np.random.default_rng(0), np.arange(40) % 2
    (tmp_path / "index.csv").write_text(
        "split,position,path,class\n" + "".join(f"valid,{number},v/{number},a\n" for number in range(40))
    )
    files = []
    for first in range(0, 1_000, 10):
        found = {seed: random.dirichlet([1, 1], 40) for seed in range(first, first + 10)}
        files.append(str(tmp_path / f"{first}.parquet"))
        scores.write(files[-1], ["a", "b"], labels, found, True)

    def of(runs):
        rungs = {"one": files[: runs // 10], "other": files[: runs // 10]}
        return calls_during(
            lambda: evaluate(rungs, str(tmp_path / "index.csv"), Request(["accuracy", "f1"]), str(tmp_path), {})
        )

    of(10)  # what is imported or cached at the first time
    ten, hundred, thousand = of(10), of(100), of(1_000)
    assert (thousand - hundred) / 900 < 1.1 * (hundred - ten) / 90
    # Arrays of runs by runs and images would be 80 MB.
    tracemalloc.start()
    of(1_000)
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert highest < 20e6
