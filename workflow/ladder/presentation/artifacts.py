"""Artifacts of a study, loaded by name for figures and the report."""

import html
import json
import re
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors import safe_open

from ladder.formats import tensors
from ladder.formats.tables import Columns
from ladder.provenance import source_code
from ladder.training.costs import COSTS
from ladder.training.failures import FAILURES
from ladder.training.history import HISTORY

# Columns of the tables that are CSV files alone. The other tables are read from Parquet files, which have the types.
TABLES = {"index": tensors.INDEX, "history": HISTORY, "costs": COSTS, "failures": FAILURES}
# An empty number becomes NaN, so whole numbers that may be empty are read as floats. An empty text stays a text.
DTYPES = {"string": str, "string?": str, "int64": "int64", "int64?": float, "float64": float, "float64?": float}


class Images:
    """The images of one tensor file, read one at a time."""

    def __init__(self, path: str) -> None:
        self._path = path

    @cached_property
    def classes(self) -> list[str]:
        """Names of the classes, in the order of the labels."""
        return tensors.metadata(self._path)["classes"]

    @cached_property
    def labels(self) -> np.ndarray:
        """Class of each image, int64 [n]."""
        with safe_open(self._path, "np") as file:
            return file.get_tensor("labels")

    def __getitem__(self, number: int) -> np.ndarray:
        """Return one image for display: uint8 [height, width] or [height, width, 3]."""
        with safe_open(self._path, "np") as file:
            return shown(file.get_slice("images")[number : number + 1][0])


class Means:
    """The mean image of each class, read one at a time."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __getitem__(self, label: int) -> np.ndarray:
        """Return a class's mean image: float32 [height, width] or [height, width, 3], pixels in 0..1."""
        with safe_open(self._path, "np") as file:
            return shown(file.get_slice("means")[label : label + 1][0])


class Weights:
    """The weights of one variant and block of seeds, read on demand, since a study may have many weights."""

    def __init__(self, path: str) -> None:
        self._path = path
        about = tensors.metadata(path)
        self.variant: str = about["variant"]
        self.recipe: dict = about["recipe"]

    @property
    def trained(self) -> bool:
        """Whether at least one seed of the block finished."""
        with safe_open(self._path, "np") as file:
            return bool(list(file.keys()))

    def linear(self, inputs: int, classes: int) -> tuple[str, int] | None:
        """Return the name of a linear model's matrix and its number of outputs; None if the model is not linear.

        A model is linear if the weights of its first seed are one matrix and one bias. The matrix is [outputs, inputs]
        as PyTorch's are, unless the model's module says `INPUTS_FIRST = True`. There is one output, or one per class.
        """
        with safe_open(self._path, "np") as file:
            names = list(file.keys())
            first = min({name.partition(".")[0] for name in names}, key=lambda seed: int(seed[4:]), default="")
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in names if name.startswith(f"{first}.")}
        for outputs in (1, classes):
            matrix = (inputs, outputs) if self._inputs_first else (outputs, inputs)
            if sorted(shapes.values()) == sorted([matrix, (outputs,)]):
                return next(name for name, shape in shapes.items() if shape == matrix), outputs
        return None

    def row(self, name: str, output: int) -> np.ndarray:
        """Return the weights [inputs] of one output from the matrix called `name`."""
        with safe_open(self._path, "np") as file:
            matrix = file.get_slice(name)
            if self._inputs_first:
                return matrix[:, output : output + 1][:, 0]
            return matrix[output : output + 1][0]

    @property
    def _inputs_first(self) -> bool:
        return bool(source_code.constants(f"models.{self.recipe['model']}").get("INPUTS_FIRST"))


def load(name: str, paths: list[str]) -> object:
    """Load an artifact by name.

    The artifact is Images of a split, the Means, the facts of the chapter, a list of Weights, or tables as a DataFrame.
    In a CSV file that TABLES does not name, the fields of a column decide its type.
    """
    if name in ("train", "valid"):
        return Images(paths[0])
    if name == "means":
        return Means(paths[0])
    if name == "chapter":
        return json.loads(Path(paths[0]).read_text(encoding="utf-8"))
    if name == "weights":
        return [Weights(path) for path in paths]
    if name == "failures" and not paths:  # the ladder has only baselines
        return pd.DataFrame(columns=list(FAILURES))
    return pd.concat([_table(path, TABLES.get(name, {})) for path in paths], ignore_index=True)


def curves(history: pd.DataFrame) -> pd.DataFrame:
    """Return the epochs to draw: the epochs of finished runs, so that the mean is over the same runs in each epoch.

    If no run of a variant finished, they are the epochs of its diverged runs in which the losses are finite.
    """
    finite = np.isfinite(history[["train_loss", "valid_loss"]].astype(float)).all(axis=1)
    finished = finite.groupby([history["variant"], history["seed"]]).transform("all")
    some_finished = finished.groupby(history["variant"]).transform("any")
    return history[finished | (~some_finished & finite)]


def confusions(confusion: pd.DataFrame, classes: list[str]) -> dict[str, np.ndarray]:
    """Return rung to float [classes, classes]: images by class (rows) and predicted class (columns), mean over seeds.

    confusion  the table; a pair of classes without a row has no image
    """
    # Classes become numbers, since a large table of strings would take minutes.
    rows, columns = (
        pd.Categorical(confusion[column], categories=classes).codes.astype(np.int64)
        for column in ("class", "predicted")
    )
    numbers, rungs = pd.factorize(confusion["variant"])
    counts = {}
    for number, rung in enumerate(rungs):
        own = numbers == number
        seeds = confusion["seed"].to_numpy()[own]
        sums = np.zeros((len(classes), len(classes)))
        np.add.at(sums, (rows[own], columns[own]), confusion["images"].to_numpy()[own])
        counts[rung] = sums / len(np.unique(seeds))
    return counts


def names_in_figures(svgs: list[str]) -> dict:
    """Return how figures write the names that they do not show whole, from the notes of style.save in their files.

    numbers    [number, name] of each class or rung that a figure writes as a number, since no font has its characters
    shortened  whether a name is shortened; such a name has the whole name as its tooltip
    fonts      families of the machine's fonts that draw names, besides DejaVu Sans
    """
    numbers, families, shortened = {}, set(), False
    for svg in svgs:
        about = re.search("<dc:description>(.*?)</dc:description>", Path(svg).read_text(encoding="utf-8"), re.DOTALL)
        if about is not None:
            note = json.loads(html.unescape(about[1]))
            numbers |= {tuple(pair): None for pair in note["numbers"]}
            families |= set(note["fonts"])
            shortened |= note["shortened"]
    return {"numbers": [list(pair) for pair in numbers], "shortened": shortened, "fonts": sorted(families)}


def shown(image: np.ndarray) -> np.ndarray:
    """Return an image in the layout of matplotlib and Pillow: channels last, if there are channels."""
    return image if image.ndim == 2 else image.transpose(1, 2, 0)


def _table(path: str, columns: Columns) -> pd.DataFrame:
    if Path(path).suffix == ".parquet":
        return pd.read_parquet(path)
    types = {name: DTYPES[kind] for name, kind in columns.items()}
    missing = {name: ["", "nan"] for name, kind in types.items() if kind is not str}
    return pd.read_csv(path, dtype=types, keep_default_na=False, na_values=missing)
