"""Makes the page of a whole study in this process: real tensors, tables and chapter, and rungs that guess."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from ladder import baseline, evaluate
from ladder.chapter.write import write_chapter
from ladder.config import study
from ladder.evaluation import ideas
from ladder.export import export
from ladder.formats import scores, tables
from ladder.images.entry import labelled
from ladder.images.pixels import AS_THEY_ARE
from ladder.models import linear
from ladder.report.page import Study, write_page
from ladder.training.costs import COSTS

METRICS = ["accuracy", "balanced_accuracy", "roc_auc", "log_loss", "calibration_error", "precision", "recall", "f1"]
EVALUATED = (
    "summary.json",
    *(
        "confusion.parquet",
        "validation.parquet",
        "comparison.parquet",
        "differences.parquet",
        "mistakes.parquet",
        "hard.parquet",
    ),
)
OF_CHAPTER = (
    *("facts.json", "timings.json"),
    *("pixels.csv", "rolling_ball.csv", "descent.csv", "nudges.csv", "activations.csv"),
)
BASELINES = ("majority", "pixel_l1", "pixel_l2")
ASKED = evaluate.Request(METRICS, chance="majority")


@dataclass(frozen=True)
class Page:
    """A rendered page, the folder of its study, and the files that `write_page` took."""

    folder: Path
    files: dict
    html: str
    summary: str


def entries_of(classes, shape, train, valid, seed=0):
    random = np.random.default_rng(seed)
    for split, count in (("train", train), ("valid", valid)):
        for name in classes:
            for number in range(count[name] if isinstance(count, dict) else count):
                size = shape if len(shape) == 2 else (shape[2], *shape[:2])
                pixels = random.integers(0, 256, size, dtype=np.uint8)
                path = f"{split}/{name}/{number}.png"
                yield labelled(path, lambda pixels=pixels: pixels, name, split)


def guess(folder, name, classes, labels, seeds):
    """Scores of a rung that guesses, as `train` writes them."""
    random, places = np.random.default_rng(len(name)), np.argsort(np.argsort(labels, kind="stable"))
    # By class, so that an image has the same scores in any order.
    by_seed = {seed: random.dirichlet(np.ones(len(classes)), len(labels))[places] for seed in range(seeds)}
    scores.write(folder / f"{name}.parquet", classes, labels, by_seed, probabilities=True)


def spend(folder, name, seeds):
    """Costs of a rung, as `train` writes them, the same whenever it runs."""
    cost = {"device": "cpu", "parameters": 10, "epochs": 1, "lr": 1}
    spent = dict.fromkeys(("train_seconds", "microseconds_per_image", "cpu_seconds", "peak_megabytes"), 1.5)
    rows = [{"variant": name, "seed": seed} | spent | cost for seed in range(seeds)]
    tables.write(folder / f"{name}.csv", rows, COSTS)


def exported(folder, in_shape, classes, variants, facts):
    """The file that `export` writes for linear models with random weights."""
    outputs = 1 if len(classes) == 2 else len(classes)
    torch.manual_seed(0)
    model = linear.build((1, *in_shape)[-3:], outputs)
    state = {f"seed0.{key}": value for key, value in model.state_dict().items()}
    save_file(state, folder / "weights.safetensors", metadata={"ladder": json.dumps({"offset": 0})})
    settings = {name: {"model": "linear", "options": {}, "loss": "cross_entropy"} for name in variants}
    weights = dict.fromkeys(variants, str(folder / "weights.safetensors"))
    export(str(folder / "models.json"), settings, weights, facts)
    return str(folder / "models.json")


@pytest.fixture(scope="session")
def page_of(tmp_path_factory, tensorized):
    """`page_of(classes, shape, train, valid, guessing, seeds, figures, dataset, legend, pixels)`: a Page.

    Its rungs are both pixel similarities, and `guessing` rungs that guess. `valid` is the validation images a class, or
    one number for all. `dataset` is further settings of the dataset.
    """

    def render(
        classes,
        shape=(4, 4),
        train=2,
        valid=2,
        guessing=1,
        seeds=2,
        figures=None,
        dataset=None,
        legend=None,
        pixels=AS_THEY_ARE,
    ):
        folder = tmp_path_factory.mktemp("page")
        made = tensorized(folder, lambda: entries_of(classes, shape, train, valid), pixels=pixels)
        classes = made.returned["classes"]
        # In the order of the images, which depends on the names of the classes: 1.0/ comes before 1/.
        labels = load_file(made.valid)["labels"].numpy()
        guessers = [f"guess{number}" for number in range(guessing)]
        rungs = [*BASELINES, *guessers]
        kept = {name: {kind: str(folder / f"{name}.{kind}") for kind in ("parquet", "csv")} for name in rungs}
        written = [{name: kept[name][kind] for name in BASELINES} for kind in ("parquet", "csv")]
        baseline.write_baseline(list(BASELINES), made.train, made.valid, str(folder / "means"), *written)
        for name in guessers:
            guess(folder, name, classes, labels, seeds)
        for name in rungs:
            spend(folder, name, 1 if name in BASELINES else seeds)
        told = {"dataset": "mine"}
        evaluate.evaluate({name: [kept[name]["parquet"]] for name in rungs}, made.index, ASKED, str(folder), told)
        chapter = {Path(name).stem: str(folder / "chapter" / name) for name in OF_CHAPTER}
        cfg = {"seed": 0, "image": 1, "lr": 1e-5, "steps": 10, "factor": 1.0001}
        write_chapter(made.train, made.valid, str(folder / "means"), chapter, cfg)
        line = {"model": "linear", "trainer": "loop", "optimizer": "sgd", "loss": "cross_entropy", "lr": 1, "epochs": 1}
        dataset = {"kind": "folder", "path": str(folder)} | (dataset or {})
        mine = {"dataset": "mine", "datasets": {"mine": dataset}, "variants": dict.fromkeys(guessers, line)}
        files = {Path(name).stem: str(folder / name) for name in EVALUATED} | {
            "costs": [paths["csv"] for paths in kept.values()],
            "facts": made.facts,
            "valid": made.valid,
            "chapter": [chapter[name] for name in ("facts", "pixels", "timings")],
            "models": [exported(folder, made.returned["shape"], classes, guessers, made.facts)],
        }
        outputs = {name: str(folder / f"out.{name}") for name in ("page", "tables", "summary")}
        settings = study.load({**mine, "ladder": rungs}).settings
        jobs = [{"rule": "evaluate", "variant": None, "benchmark": str(folder / "none"), "costs": None}]
        write_page(
            outputs,
            Study(
                settings,
                rungs,
                baselines=dict.fromkeys(BASELINES, "No training."),
                members=ideas.members(rungs, settings["variants"]),
                seeds=dict.fromkeys(guessers, seeds),
                jobs=jobs,
                device="cpu",
                again={"command": "snakemake --cores 4", "file": None},
            ),
            files | {"failures": []},
            figures or {},
            {},
            legend,
        )
        texts = [Path(outputs[name]).read_text(encoding="utf-8") for name in ("page", "summary")]
        assert json.loads(Path(made.facts).read_text(encoding="utf-8"))["classes"] == sorted(classes)
        return Page(folder, files, *texts)

    return render
