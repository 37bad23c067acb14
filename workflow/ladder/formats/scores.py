"""From a model's outputs to scores, one a class, and the file that holds them.

The file is what `evaluate` reads, of a baseline as of a ResNet: a Parquet table with one row a seed and validation
image, `seed`, `image` (its slot in the tensor), `label`, and `score_<class>` for each class. The class of the highest
score is the prediction. The table's metadata says whether scores are probabilities, and which seeds there are. Of a
sweep a row has the number of its `run` instead of a seed. Of many images each seed has row groups of its own, so that
some images can be read for all seeds.
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
ROWS = 1 << 15  # most rows of a row group: large against its header, small against memory


class File(NamedTuple):
    """What a file of scores says of itself."""

    path: str
    classes: list[str]
    probabilities: bool | list[int]
    numbers: list[int]  # seeds, or runs
    images: int


def scores_of(outputs: np.ndarray, activation: str) -> np.ndarray:
    """Scores [n, classes] of outputs [n, k], k being 1 for two classes; float64.

    `sigmoid` gives probabilities; with several outputs those of one class against the rest, scaled to sum to 1 as
    scikit-learn's OneVsRestClassifier does. `softmax` gives probabilities. `identity` gives no probabilities: the
    score of the second of two classes is 1 minus the first's.
    """
    z = np.asarray(outputs, dtype=np.float64)
    if activation == "identity":
        return np.hstack([z, 1 - z]) if z.shape[1] == 1 else z
    if z.shape[1] == 1:
        # 1 - sigmoid(z) is sigmoid(-z), which keeps its digits where sigmoid(z) rounds to 1.
        return np.exp(np.hstack([_log_sigmoid(z), _log_sigmoid(-z)]))
    # Scaled in logarithms: far from 0 every sigmoid would be 0, and their sum too.
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

    probabilities  whether all scores are, or the seeds whose scores are
    key            what the numbers of `scores` are: seeds, or the runs of a sweep
    """
    about = {"classes": classes, "probabilities": probabilities, "numbers": list(scores)}
    schema = pa.schema(
        [(name, pa.int64()) for name in (key, "image", "label")] + [(PREFIX + name, pa.float64()) for name in classes],
        {"ladder": json.dumps(about, sort_keys=True)},
    )
    at_a_time = max(1, ROWS // max(1, len(labels)))
    with atomic(path) as partial, pq.ParquetWriter(partial, schema, compression="zstd") as writer:
        for first in range(0, len(scores), at_a_time):
            some = dict(islice(scores.items(), first, first + at_a_time))
            writer.write_table(_table(schema, labels, some), ROWS)


def _table(schema: pa.Schema, labels: np.ndarray, scores: dict[int, np.ndarray]) -> pa.Table:
    columns = [
        np.repeat(np.array(list(scores), dtype=np.int64), len(labels)),
        np.tile(np.arange(len(labels), dtype=np.int64), len(scores)),
        np.tile(labels.astype(np.int64), len(scores)),
        *np.ascontiguousarray(np.concatenate(list(scores.values())).T),
    ]
    return pa.Table.from_arrays([pa.array(column) for column in columns], schema=schema)


def describe(path: str | Path) -> File:
    """What a file of scores says of itself."""
    with pq.ParquetFile(path) as file:
        about = json.loads(file.schema_arrow.metadata[b"ladder"])
        return File(str(path), **about, images=file.metadata.num_rows // max(1, len(about["numbers"])))


def blocks(file: File, first: int, last: int) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """(seed, labels [n], scores [n, classes]) of the images from `first` to before `last`, seed by seed."""
    columns = ["label", *(PREFIX + name for name in file.classes)]
    with pq.ParquetFile(file.path) as parquet:
        groups = range(parquet.num_row_groups)
        starts = list(accumulate((parquet.metadata.row_group(group).num_rows for group in groups), initial=0))

        @lru_cache(maxsize=1)  # of few images a group has several seeds
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
    """What the file says of itself, and (labels [n], scores [n, classes]) of each seed."""
    file = describe(path)
    return file, {number: tuple(arrays) for number, *arrays in blocks(file, 0, file.images)}


def _log_sigmoid(z: np.ndarray) -> np.ndarray:
    return np.minimum(z, 0) - np.log1p(np.exp(-np.abs(z)))
