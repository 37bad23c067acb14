"""Artifacts of made-up studies as figures take them, written by the library itself."""

import json
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from safetensors.numpy import save_file

from ladder.evaluate import Request, evaluate
from ladder.formats import scores, tables
from ladder.formats.tensors import INDEX, Split
from ladder.images.means import class_means
from ladder.presentation import artifacts
from ladder.presentation import style as plotting
from ladder.provenance import source_code
from ladder.training.history import HISTORY

METRICS = ["accuracy", "log_loss", "calibration_error", "f1"]
TABLES = ("metrics", "summary", "validation", "confusion", "mistakes", "agreement", "calibration", "marks")


@dataclass(frozen=True)
class Made:
    """Files of a study that was never trained; `load` gives an artifact as a figure gets it."""

    folder: Path
    paths: dict

    def load(self, name):
        return artifacts.load(name, self.paths[name])

    def draw(self, figure):
        module = __import__(f"ladder.figures.{figure}", fromlist=["draw"])
        wanted = source_code.functions(f"figures.{figure}")["draw"]
        return module.draw(**{name: self.load(name) for name in wanted})


def make(
    folder,
    classes=("3", "7"),
    shape=(8, 8),
    rungs=("pixel", "linear", "net"),
    train=20,
    valid=6,
    seeds=2,
    epochs=3,
    wrong=0.3,
    linear=("linear",),
):
    """A study of random images; each rung takes the share `wrong` of the images for the next class."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    k, classes = len(classes), list(classes)
    paths, labels = {}, {}
    for split, count in (("train", train), ("valid", valid)):
        labels[split] = np.repeat(np.arange(k), count)
        images = random.integers(0, 256, (k * count, *shape), dtype=np.uint8)
        paths[split] = [str(folder / f"{split}.safetensors")]
        about = {"ladder": json.dumps({"classes": classes})}
        save_file({"images": images, "labels": labels[split]}, paths[split][0], metadata=about)
    paths["means"] = [str(folder / "means.safetensors")]
    save_file({"means": class_means(Split(paths["train"][0])).astype(np.float32)}, paths["means"][0])
    n = len(labels["valid"])
    files, histories = {}, []
    for place, rung in enumerate(rungs):
        given = {}
        for seed in range(seeds):
            off = random.random(n) < wrong / (place + 1)
            predicted = np.where(
                off, (labels["valid"] + 1 + random.integers(0, max(1, k // 5), n)) % k, labels["valid"]
            )
            sure = random.uniform(0.5, 0.9, n)
            given[seed] = np.full((n, k), 0.0) + (1 - sure[:, None]) / max(1, k - 1)
            given[seed][np.arange(n), predicted] = sure
        files[rung] = [str(folder / f"{rung}.parquet")]
        scores.write(files[rung][0], classes, labels["valid"], given, probabilities=place > 0)
        if place:
            rows = [
                {"variant": rung, "seed": seed, "epoch": epoch, "train_loss": 1 / (1 + epoch + seed),
                 "valid_loss": 1.5 / (1 + epoch + seed), "accuracy": 1 - 0.5 / (1 + epoch + place + seed),
                 "seconds": 0.1}
                for seed in range(seeds) for epoch in range(epochs)
            ]  # fmt: skip
            tables.write(folder / f"{rung}.history.csv", rows, HISTORY)
            histories.append(str(folder / f"{rung}.history.csv"))
    paths["history"] = histories
    outputs = k if k > 2 else 1
    paths["weights"] = []
    for rung in linear:
        parameters = {"1.weight": random.normal(size=(outputs, int(np.prod(shape)))), "1.bias": np.zeros(outputs)}
        paths["weights"].append(write_weights(folder / f"{rung}.weights", rung, "linear", parameters))
    listed = enumerate(labels["valid"])
    index = [{"split": "valid", "position": n, "path": f"v/{n}", "class": classes[label]} for n, label in listed]
    tables.write(folder / "index.csv", index, INDEX)
    evaluate(files, f"{folder}/index.csv", Request(METRICS, chance="majority"), str(folder), {})
    return Made(folder, paths | {name: [f"{folder}/{name}.parquet"] for name in TABLES})


def write_weights(path, variant, model, parameters, seeds=1, first=0):
    about = {"ladder": json.dumps({"variant": variant, "recipe": {"model": model}})}
    arrays = {
        f"seed{first + n}.{name}": np.ascontiguousarray(a + n, np.float32)
        for n in range(seeds)
        for name, a in parameters.items()
    }
    save_file(arrays, path, metadata=about)
    return str(path)


@pytest.fixture(name="write_weights")
def _write_weights():
    return write_weights


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """`study(**options)`: see `make`; each study is made once."""
    made = {}

    def get(**options):
        key = repr(sorted(options.items()))
        if key not in made:
            made[key] = make(tmp_path_factory.mktemp("study"), **options)
        return made[key]

    return get


@pytest.fixture(autouse=True)
def style():
    with matplotlib.rc_context():
        plotting.apply_style()
        yield
