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
MOST = 20_000  # images that the logistic regression learns from, since all images of the largest set take minutes


def measure(place: Place, pairs: int) -> list[Line | Table]:
    """Return a line a set, on its lowest rung, and a table of all rungs and sets."""
    # The dataset mnist changes no variant.
    study = config.load(yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8")) | {"dataset": "mnist"})
    rows, lines = [], []
    for name, make in sets.SETS.items():
        train, valid = sets.split(make())
        chance, reference = chance_of(train, valid), logistic(train, valid)
        reached = {
            variant: [accuracy(study.recipe(variant), variant, seed, train, valid) for seed in range(pairs)]
            for variant in study.variants
        }
        shares = {variant: above(np.mean(values), chance, reference) for variant, values in reached.items()}
        lowest = min(shares, key=shares.get)
        lines.append(Line(f"{name}: {lowest}", [shares[lowest]], "", "logistic regression, above chance", limit=LIMIT))
        means = (f"{np.mean(values):.3f}" for values in reached.values())
        rows.append([name, f"{chance:.3f}", f"{reference:.3f}", *means])
        print(f"  {rows[-1]}", flush=True)
    return [*lines, Table("Accuracy on eight sets", ["set", "chance", "logistic regression", *study.variants], rows)]


def above(accuracy: float, chance: float, reference: float) -> float:
    """Return the share of the reference's lead over chance that an accuracy reaches."""
    return (accuracy - chance) / (reference - chance)


def chance_of(train: sets.Split, valid: sets.Split) -> float:
    """Return the accuracy of the most frequent class of the training images."""
    return float(np.mean(valid.labels == np.bincount(train.labels).argmax()))


def logistic(train: sets.Split, valid: sets.Split) -> float:
    """Return the accuracy of scikit-learn's logistic regression with its defaults, on pixels in 0..1."""
    step = -(-len(train.labels) // MOST)
    x_train, x_valid = (part.images.reshape(len(part.labels), -1) / np.float32(255) for part in (train, valid))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = LogisticRegression(max_iter=300).fit(x_train[::step], train.labels[::step])
    return float(fitted.score(x_valid, valid.labels))


def accuracy(recipe: dict, variant: str, seed: int, train: sets.Split, valid: sets.Split) -> float:
    """Return the accuracy of one seed of a variant; 0 if it diverges."""
    prepare_torch("cpu", recipe["threads"])
    classes = int(train.labels.max()) + 1
    try:
        run = train_one(variant, recipe, seed, *(loaded(part, classes) for part in (train, valid)), say=_nothing)
    except LadderError as error:
        print(f"  {error}", flush=True)
        return 0.0
    return run.history[-1]["accuracy"]


def loaded(part: sets.Split, classes: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return a split as batches.load_split does."""
    images, labels = torch.from_numpy(part.images), torch.from_numpy(part.labels.astype(np.int64))
    images = images.permute(0, 3, 1, 2).contiguous() if images.ndim == 4 else images.unsqueeze(1)
    return images, targets_of(labels, classes), labels


def _nothing(line: str) -> None:
    """Print no line, since the benchmark reports sets, not epochs."""
