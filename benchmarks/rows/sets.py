"""Every trained rung on eight other sets, against scikit-learn's logistic regression on the same pixels."""

import warnings

import numpy as np
import torch
import yaml
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from benchmarks import sets
from benchmarks.measure import ROOT
from benchmarks.place import Place
from benchmarks.results import Limit, Line, Table
from ladder.config import study as config
from ladder.errors import LadderError
from ladder.train import prepare_torch, train_one
from ladder.training.batches import targets_of

PAIRS = 1  # seeds
LIMIT = Limit("at least", 0.9)
MOST = 20_000  # images that the logistic regression learns from: it takes minutes with all of the largest set


def measure(place: Place, pairs: int) -> list[Line | Table]:
    """A line a set, of its lowest rung, and a table with all of them."""
    # Of mnist, which changes no variant.
    study = config.load(yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8")) | {"dataset": "mnist"})
    rows, lines = [], []
    for name, make in sets.SETS.items():
        train, valid = sets.split(make())
        chance, other = chance_of(train, valid), logistic(train, valid)
        reached = {
            variant: [accuracy(study.recipe(variant), variant, seed, train, valid) for seed in range(pairs)]
            for variant in study.variants
        }
        shares = {variant: above(np.mean(values), chance, other) for variant, values in reached.items()}
        lowest = min(shares, key=shares.get)
        lines.append(Line(f"{name}: {lowest}", [shares[lowest]], "", "logistic regression, above chance", limit=LIMIT))
        rows.append([name, f"{chance:.3f}", f"{other:.3f}", *(f"{np.mean(each):.3f}" for each in reached.values())])
        print(f"  {rows[-1]}", flush=True)
    return [*lines, Table("Accuracy on eight sets", ["set", "chance", "logistic regression", *study.variants], rows)]


def above(accuracy: float, chance: float, other: float) -> float:
    """An accuracy in terms of another one, chance being 0 for both."""
    return (accuracy - chance) / (other - chance)


def chance_of(train: sets.Split, valid: sets.Split) -> float:
    """Accuracy of the most frequent class of the training images."""
    return float(np.mean(valid.labels == np.bincount(train.labels).argmax()))


def logistic(train: sets.Split, valid: sets.Split) -> float:
    """Accuracy of scikit-learn's logistic regression, as it comes, on pixels in 0..1."""
    each = -(-len(train.labels) // MOST)
    x, other = (part.images.reshape(len(part.labels), -1) / np.float32(255) for part in (train, valid))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = LogisticRegression(max_iter=300).fit(x[::each], train.labels[::each])
    return float(fitted.score(other, valid.labels))


def accuracy(recipe: dict, variant: str, seed: int, train: sets.Split, valid: sets.Split) -> float:
    """Accuracy of one seed of a variant; 0 where it diverges."""
    prepare_torch("cpu", recipe["threads"])
    classes = int(train.labels.max()) + 1
    try:
        run = train_one(variant, recipe, seed, *(loaded(part, classes) for part in (train, valid)), say=_nothing)
    except LadderError as error:
        print(f"  {error}", flush=True)
        return 0.0
    return run.history[-1]["accuracy"]


def loaded(part: sets.Split, classes: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A split as batches.load_split returns it."""
    images, labels = torch.from_numpy(part.images), torch.from_numpy(part.labels.astype(np.int64))
    images = images.permute(0, 3, 1, 2).contiguous() if images.ndim == 4 else images.unsqueeze(1)
    return images, targets_of(labels, classes), labels


def _nothing(line: str) -> None:
    """A benchmark tells of sets, not of epochs."""
