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
    """Write the mean images, and the scores and the costs of each named baseline.

    names   modules of ladder/baselines/
    means   path: safetensors with `means` float32 [classes, ...], pixels in 0..1
    scored  baseline to path: scores like a model's (formats/scores.py), under seed 0, since a baseline has no seed
    spent   baseline to path: the costs, a CSV of one row, like a model's
    """
    training, validation = Split(train), Split(valid)
    with atomic(means) as partial:
        save_file({"means": class_means(training).astype(np.float32)}, partial)
    for name in names:
        module = importlib.import_module(f"ladder.baselines.{name}")
        started = time.perf_counter()
        state = module.fit(training)
        fitted = time.perf_counter()
        class_scores = np.concatenate([module.scores(state, images) for images, _ in validation.chunks()])
        image_seconds = (time.perf_counter() - fitted) / validation.count
        parameters, cpu_seconds = sum(array.size for array in state.values()), time.process_time()
        row = costs.row(name, 0, "cpu", parameters, fitted - started, image_seconds, cpu_seconds=cpu_seconds)
        probabilities = getattr(module, "PROBABILITIES", False)
        scores.write(scored[name], training.classes, validation.labels, {0: class_scores}, probabilities=probabilities)
        tables.write(spent[name], [row], costs.COSTS)
        accuracy = np.mean(class_scores.argmax(1) == validation.labels)
        print(f"{name}: accuracy {accuracy:.4f} on {validation.count:,} validation images")
