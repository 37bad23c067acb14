"""Tensorize and evaluate need no more memory for more images, and a study with more runs does no more for each run.

Memory is the resident memory of a separate process. The limits up to which a stage keeps data in memory are a tenth of
the real limits and less, so that both sizes are beyond them; `make benchmark ROWS=load` measures a million images.
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

# Numbers of images beyond the first thousands, which fill caches of a bounded size.
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
    """The number of calls of functions, Python's and C's: the cost of work without a clock."""
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
        by_seed = {seed: random.dirichlet([1, 1], 40) for seed in range(first, first + 10)}
        files.append(str(tmp_path / f"{first}.parquet"))
        scores.write(files[-1], ["a", "b"], labels, by_seed, True)

    def calls_for(runs):
        rungs = {"one": files[: runs // 10], "other": files[: runs // 10]}
        return calls_during(
            lambda: evaluate(rungs, str(tmp_path / "index.csv"), Request(["accuracy", "f1"]), str(tmp_path), {})
        )

    calls_for(10)  # fills imports and caches
    ten, hundred, thousand = calls_for(10), calls_for(100), calls_for(1_000)
    assert (thousand - hundred) / 900 < 1.1 * (hundred - ten) / 90
    # Arrays of runs by runs and images would be 80 MB.
    tracemalloc.start()
    calls_for(1_000)
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert highest < 20e6
