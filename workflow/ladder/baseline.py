"""Scores of the baselines, which need no training, and the mean image of each class."""

import importlib
import time

import numpy as np
from safetensors.numpy import save_file

from ladder.formats import scores, tables
from ladder.formats.files import atomic
from ladder.formats.tensors import Split
from ladder.images.means import class_means
from ladder.training import costs


def write_baseline(
    names: list[str], train: str, valid: str, means: str, scored: dict[str, str], spent: dict[str, str]
) -> None:
    """Write the mean images, and for each of the named baselines its scores and what it cost.

    names   modules of ladder/baselines/
    means   path: safetensors with `means` float32 [classes, ...], pixels in 0..1
    scored  baseline to path: scores as a model's (formats/scores.py); with no seed to vary it is 0
    spent   baseline to path: the costs, a CSV of one row, as a model's
    """
    known, others = Split(train), Split(valid)
    with atomic(means) as partial:
        save_file({"means": class_means(known).astype(np.float32)}, partial)
    for name in names:
        module = importlib.import_module(f"ladder.baselines.{name}")
        started = time.perf_counter()
        state = module.fit(known)
        fitted = time.perf_counter()
        found = np.concatenate([module.scores(state, images) for images, _ in others.chunks()])
        image_seconds = (time.perf_counter() - fitted) / others.count
        parameters, cpu_seconds = sum(array.size for array in state.values()), time.process_time()
        row = costs.row(name, 0, "cpu", parameters, fitted - started, image_seconds, cpu_seconds=cpu_seconds)
        probabilities = getattr(module, "PROBABILITIES", False)
        scores.write(scored[name], known.classes, others.labels, {0: found}, probabilities=probabilities)
        tables.write(spent[name], [row], costs.COSTS)
        print(f"{name}: accuracy {np.mean(found.argmax(1) == others.labels):.4f} on {others.count:,} validation images")
