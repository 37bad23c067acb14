"""From a model's outputs to scores, one a class, and the file that holds them.

The file is what `evaluate` reads, of a baseline as of a ResNet: a Parquet table with one row a seed and validation
image, `seed`, `image` (its slot in the tensor), `label`, and `score_<class>` for each class. The class of the highest
score is the prediction. The table's metadata says whether scores are probabilities. Of a sweep a row has the number of
its `run` instead of a seed.
"""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ladder.files import atomic

PREFIX = "score_"


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
    images = len(labels)
    columns = {
        key: np.repeat(np.array(list(scores), dtype=np.int64), images),
        "image": np.tile(np.arange(images, dtype=np.int64), len(scores)),
        "label": np.tile(labels.astype(np.int64), len(scores)),
    }
    stacked = np.concatenate([np.empty((0, len(classes))), *scores.values()])
    for number, name in enumerate(classes):
        columns[PREFIX + name] = np.ascontiguousarray(stacked[:, number])
    about = {"ladder": json.dumps({"classes": classes, "probabilities": probabilities}, sort_keys=True)}
    with atomic(path) as partial:
        pq.write_table(pa.table(columns).replace_schema_metadata(about), partial, compression="zstd")


def read(path: str | Path, key: str = "seed") -> tuple[dict, dict[int, tuple[np.ndarray, np.ndarray]]]:
    """What the file says of itself, and (labels [n], scores [n, classes]) of each seed."""
    table = pq.read_table(path)
    about = json.loads(table.schema.metadata[b"ladder"])
    seeds, labels = table[key].to_numpy(), table["label"].to_numpy()
    stacked = np.stack([table[PREFIX + name].to_numpy() for name in about["classes"]], axis=1)
    return about, {int(seed): (labels[seeds == seed], stacked[seeds == seed]) for seed in np.unique(seeds)}


def _log_sigmoid(z: np.ndarray) -> np.ndarray:
    return np.minimum(z, 0) - np.log1p(np.exp(-np.abs(z)))
