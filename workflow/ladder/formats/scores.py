"""Scores of a model, one per class: their computation from the model's outputs, and the file that holds them.

Baselines and trained models write the same file, which `evaluate` reads. The file is a Parquet table with one row per
seed and validation image: `seed`, `image` (the slot in the tensor), `label`, and `score_<class>` for each class. A
sweep has the column `run` instead of `seed`. The class of the highest score is the prediction. The table's metadata say
whether scores are probabilities, and which seeds there are. If there are many images, each seed has row groups of its
own, so that a range of images can be read for all seeds.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate, islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ladder.formats.files import atomic

PREFIX = "score_"
ROWS = 1 << 15  # most rows of a row group: enough that its header costs little, few enough for memory


class File(NamedTuple):
    """Metadata of a file of scores."""

    path: str
    classes: list[str]
    probabilities: bool | list[int]  # whether all scores are probabilities, or the seeds whose scores are
    numbers: list[int]  # seeds, or runs of a sweep
    images: int  # number of images


def scores_of(outputs: np.ndarray, activation: str) -> np.ndarray:
    """Return scores [n, classes], float64, of outputs [n, k]; k may be 1 for two classes.

    `sigmoid` and `softmax` give probabilities. Several outputs of `sigmoid` give the probability of each class against
    the rest, scaled to sum to 1 as in scikit-learn's OneVsRestClassifier. `identity` gives no probabilities; with one
    output, the score of the second class is 1 minus the first's.
    """
    z = np.asarray(outputs, dtype=np.float64)
    if activation == "identity":
        return np.hstack([z, 1 - z]) if z.shape[1] == 1 else z
    if z.shape[1] == 1:
        # 1 - sigmoid(z) is computed as sigmoid(-z), which keeps its digits where sigmoid(z) rounds to 1.
        return np.exp(np.hstack([_log_sigmoid(z), _log_sigmoid(-z)]))
    # Scores are scaled as logarithms, since for outputs far below 0 every sigmoid would round to 0, and their sum too.
    logarithms = z if activation == "softmax" else _log_sigmoid(z)
    shifted = np.exp(logarithms - logarithms.max(1, keepdims=True))
    return shifted / shifted.sum(1, keepdims=True)


def write(
    path: str | Path,
    classes: list[str],
    labels: np.ndarray,
    scores: dict[int, np.ndarray],
    probabilities: bool | list[int],
    key: str = "seed",
) -> None:
    """Write the scores [n, classes] of each seed for the images with these labels [n].

    probabilities  whether all scores are probabilities, or the seeds whose scores are
    key            name of the keys of `scores`: `seed`, or `run` in a sweep
    """
    about = {"classes": classes, "probabilities": probabilities, "numbers": list(scores)}
    schema = pa.schema(
        [(name, pa.int64()) for name in (key, "image", "label")] + [(PREFIX + name, pa.float64()) for name in classes],
        {"ladder": json.dumps(about, sort_keys=True)},
    )
    at_a_time = max(1, ROWS // max(1, len(labels)))
    with atomic(path) as partial, pq.ParquetWriter(partial, schema, compression="zstd") as writer:
        for first in range(0, len(scores), at_a_time):
            chosen = dict(islice(scores.items(), first, first + at_a_time))
            writer.write_table(_table(schema, labels, chosen), ROWS)


def _table(schema: pa.Schema, labels: np.ndarray, scores: dict[int, np.ndarray]) -> pa.Table:
    columns = [
        np.repeat(np.array(list(scores), dtype=np.int64), len(labels)),
        np.tile(np.arange(len(labels), dtype=np.int64), len(scores)),
        np.tile(labels.astype(np.int64), len(scores)),
        *np.ascontiguousarray(np.concatenate(list(scores.values())).T),
    ]
    return pa.Table.from_arrays([pa.array(column) for column in columns], schema=schema)


def describe(path: str | Path) -> File:
    """Return the metadata of a file of scores."""
    with pq.ParquetFile(path) as file:
        about = json.loads(file.schema_arrow.metadata[b"ladder"])
        return File(str(path), **about, images=file.metadata.num_rows // max(1, len(about["numbers"])))


def blocks(file: File, first: int, last: int) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Yield (seed, labels [n], scores [n, classes]) of the images from `first` up to before `last`, seed by seed."""
    columns = ["label", *(PREFIX + name for name in file.classes)]
    with pq.ParquetFile(file.path) as parquet:
        groups = range(parquet.num_row_groups)
        starts = list(accumulate((parquet.metadata.row_group(group).num_rows for group in groups), initial=0))

        @lru_cache(maxsize=1)  # with few images, a row group holds several seeds
        def read_group(group: int) -> tuple[np.ndarray, np.ndarray]:
            table = parquet.read_row_group(group, columns)
            return table["label"].to_numpy(), np.stack([column.to_numpy() for column in table.columns[1:]], axis=1)

        for place, number in enumerate(file.numbers):
            begin, end = (place * file.images + image for image in (first, min(last, file.images)))
            parts = []
            for group in groups:
                if starts[group] < end and begin < starts[group + 1]:
                    inside = slice(max(0, begin - starts[group]), end - starts[group])
                    parts.append([array[inside] for array in read_group(group)])
            yield number, *(np.concatenate(arrays) for arrays in zip(*parts, strict=True))


def read(path: str | Path) -> tuple[File, dict[int, tuple[np.ndarray, np.ndarray]]]:
    """Return the file's metadata, and (labels [n], scores [n, classes]) of each seed."""
    file = describe(path)
    return file, {number: tuple(arrays) for number, *arrays in blocks(file, 0, file.images)}


def _log_sigmoid(z: np.ndarray) -> np.ndarray:
    return np.minimum(z, 0) - np.log1p(np.exp(-np.abs(z)))
