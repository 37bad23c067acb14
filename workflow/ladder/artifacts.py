"""Artifacts of a study as figures and the report take them: by the name of a parameter."""

import json
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors import safe_open
from safetensors.numpy import load_file

from ladder import failures, tensors

# A class named "3" or "NA" is text; an empty field of a number is missing.
TEXT = (
    *("variant", "metric", "class", "predicted", "path", "split", "rung", "other", "kind", "why"),
    *("device", "gpu", "driver", "mark"),
)
NUMBERS = (
    *("value", "mean", "std", "low", "high", "seeds_low", "seeds_high", "cohens_g"),
    *("confidence", "accuracy", "wilson_low", "wilson_high"),
    *("cpu_seconds", "peak_megabytes", "peak_gpu_megabytes", "epochs", "lr", "train_loss", "valid_loss"),
)


class Images:
    """The images of one tensor file, read one at a time."""

    def __init__(self, path: str) -> None:
        self._path = path

    @cached_property
    def classes(self) -> list[str]:
        """Names of the classes, in the order of their labels."""
        return tensors.metadata(self._path)["classes"]

    @cached_property
    def labels(self) -> np.ndarray:
        """Class of each image, int64 [n]."""
        with safe_open(self._path, "np") as file:
            return file.get_tensor("labels")

    def __getitem__(self, number: int) -> np.ndarray:
        """One image as it is shown: uint8 [height, width] or [height, width, 3]."""
        with safe_open(self._path, "np") as file:
            return shown(file.get_slice("images")[number : number + 1][0])


class Weights:
    """The weights of one variant and block of seeds, read when they are asked for: a study may have many of them."""

    def __init__(self, path: str) -> None:
        self._path = path
        about = tensors.metadata(path)
        self.variant: str = about["variant"]
        self.recipe: dict = about["recipe"]

    @property
    def trained(self) -> bool:
        """Whether a seed finished."""
        with safe_open(self._path, "np") as file:
            return bool(list(file.keys()))

    def of_first_seed(self) -> list[np.ndarray]:
        """Its parameters; none where every seed failed."""
        with safe_open(self._path, "np") as file:
            names = list(file.keys())
            seed = names[0].partition(".")[0] if names else None
            return [file.get_tensor(name) for name in names if name.startswith(f"{seed}.")]


def load(name: str, paths: list[str]) -> object:
    """Load an artifact by name.

    Images of a split, the mean images, the facts of the chapter, a list of Weights, or tables as one DataFrame.
    """
    if name in ("train", "valid"):
        return Images(paths[0])
    if name == "means":
        return load_file(paths[0])["means"]
    if name == "chapter":
        return json.loads(Path(paths[0]).read_text(encoding="utf-8"))
    if name == "weights":
        return [Weights(path) for path in paths]
    if name == "failures" and not paths:  # of a ladder of baselines
        return pd.DataFrame(columns=list(failures.COLUMNS))
    tables = [_table(path) for path in paths]
    # The columns of a table without rows have no types.
    return pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)


def curves(history: pd.DataFrame) -> pd.DataFrame:
    """The epochs to draw: those of the runs that finished, whose means are of as many runs in each epoch.

    Of a variant of which no run finished they are those of the runs that diverged, as long as their losses are numbers.
    """
    finite = np.isfinite(history[["train_loss", "valid_loss"]].astype(float)).all(axis=1)
    finished = finite.groupby([history["variant"], history["seed"]]).transform("all")
    some_finished = finished.groupby(history["variant"]).transform("any")
    return history[finished | (~some_finished & finite)]


def confusions(table: pd.DataFrame, classes: list[str]) -> dict[str, np.ndarray]:
    """Rung to float [classes, classes]: images by class (rows) and predicted class (columns), the mean over its seeds.

    table  the table `confusion`; a pair that it does not have has no image
    """
    places = {name: place for place, name in enumerate(classes)}
    found = {}
    for rung, rows in table.groupby("variant", sort=False):
        counts = np.zeros((len(classes), len(classes)))
        np.add.at(counts, (rows["class"].map(places), rows["predicted"].map(places)), rows["images"])
        found[rung] = counts / rows["seed"].nunique()
    return found


def shown(image: np.ndarray) -> np.ndarray:
    """An image as matplotlib and Pillow want it: channels last, where there are channels."""
    return image if image.ndim == 2 else image.transpose(1, 2, 0)


def _table(path: str) -> pd.DataFrame:
    missing = {column: ["", "nan"] for column in NUMBERS}
    return pd.read_csv(path, dtype=dict.fromkeys(TEXT, str), keep_default_na=False, na_values=missing)
