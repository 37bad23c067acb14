"""Train one variant with one block of seeds: weights, histories, and scores on the validation images.

A seed's result does not depend on the other seeds of its block: every random generator is seeded anew. A seed that
fails costs only itself: the other seeds have their results, and the failed seed has a row in the failures file
(training/failures.py).
"""

import importlib
import json
import math
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from ladder import losses
from ladder.errors import LadderError
from ladder.formats import scores, tables, tensors
from ladder.formats.files import atomic
from ladder.machine import environment, gpu
from ladder.machine.memory import keep_freed, peak_megabytes, says_out_of_memory, says_what_helps
from ladder.training import adapt, class_balance, failures
from ladder.training.batches import Batches, load_split
from ladder.training.failures import Diverged
from ladder.training.precision import in_precision
from ladder.training.resume import Keeper, NoPoints, Progress
from ladder.training.validation import predict

VALID_BATCH = 1024  # large enough to be fast, small enough for the activations of a ResNet
HISTORY = ("variant", "seed", "epoch", "train_loss", "valid_loss", "accuracy", "seconds")
COSTS = (
    *("variant", "seed", "parameters", "epochs", "lr", "train_seconds", "microseconds_per_image"),
    *("cpu_seconds", "peak_megabytes", "device", "gpu", "driver", "peak_gpu_megabytes"),
)


@dataclass(frozen=True)
class Run:
    """One trained model: its weights on the CPU, scores [n, classes], history rows, and a row of costs."""

    weights: dict[str, torch.Tensor]
    scores: np.ndarray
    history: list[dict]
    cost: dict


def train_block(
    variant: str,
    recipe: dict,
    seeds: list[int],
    device: str,
    train: str,
    valid: str,
    outputs: dict[str, str],
    keeper: Keeper | None = None,
) -> None:
    """Train `variant` once a seed, and write its weights, history, scores, costs and failures.

    train, valid  tensor files of the two splits
    outputs       paths: `weights` (safetensors, `seed<n>.<parameter>`), `history` (CSV, a row an epoch), `scores`
                  (Parquet, see formats/scores.py), `costs` (CSV, a row a seed), `failures` (CSV, see
                  training/failures.py)
    keeper        writes resume points beside the outputs; the caller, who made the keeper, removes the points

    A seed that diverges or raises an error has a row in `failures`. The other outputs hold the seeds that finished. The
    history also holds the epochs of the seeds that diverged. Raises LadderError for weights of classes that the data
    does not have.
    """
    prepare_torch(device, recipe["threads"])
    classes, *splits = load_splits(train, valid, device)
    points = NoPoints()
    if keeper is not None:
        points = keeper.points(Path(outputs["weights"]).parent / ".resume", variant, recipe, device, [train, valid])
    inputs, weighted = adapt.measure(splits[0][0]), class_balance.by_class(variant, recipe, classes)
    runs, history, failed = {}, [], []
    for seed in seeds:
        try:
            runs[seed] = train_one(variant, weighted, seed, *splits, points=points, inputs=inputs)
        except Exception as error:
            failed.append(failures.failure(variant, seed, error))
            history += error.history if isinstance(error, Diverged) else []
        else:
            history += runs[seed].history
    about = {"variant": variant, "recipe": recipe, "classes": classes, "versions": environment.versions()}
    about |= {"offset": inputs.offset}
    weights = {f"seed{seed}.{name}": weight for seed, run in runs.items() for name, weight in run.weights.items()}
    with atomic(outputs["weights"]) as partial:
        # The metadata has one key: safetensors writes several keys in an order that changes from run to run.
        save_file(weights, partial, metadata={"ladder": json.dumps(about, sort_keys=True)})
    tables.write(outputs["history"], history, list(HISTORY))
    tables.write(outputs["costs"], [run.cost for run in runs.values()], list(COSTS))
    failures.write(outputs["failures"], failed)
    labels = splits[1][2].cpu().numpy()
    found = {seed: run.scores for seed, run in runs.items()}
    scores.write(outputs["scores"], classes, labels, found, gives_probabilities(recipe))


def prepare_torch(device: str, threads: int) -> None:
    """Set what decides the last bits of a result: the number of CPU threads and, on a GPU, deterministic kernels.

    Freed memory is kept, so that a training step reuses the memory of the step before. Raises LadderError for a device
    that torch does not find.
    """
    keep_freed()
    torch.set_num_threads(threads)
    if device == "cpu":
        return
    # cuBLAS sums in the same order only with a workspace of fixed size (PyTorch's notes on reproducibility). The
    # variable must be set before the first use of CUDA.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    available = torch.cuda.is_available() if device == "cuda" else torch.backends.mps.is_available()
    if not available:
        raise LadderError(
            f"device: {device} is asked for, but torch {torch.__version__} finds none on this machine; cpu works"
        )
    # `precision: fp32` means float32: cuDNN would round the factors of convolutions to TF32, which has 10 bits.
    torch.backends.cudnn.allow_tf32 = False
    # A kernel without a deterministic version runs, with a warning in the log.
    torch.use_deterministic_algorithms(True, warn_only=True)


def load_splits(train: str, valid: str, device: str) -> tuple[list[str], tuple, tuple]:
    """Return the names of the classes, and for each split the result of `load_split`."""
    classes = tensors.metadata(train)["classes"]
    return classes, *(load_split(path, len(classes), device) for path in (train, valid))


def gives_probabilities(recipe: dict) -> bool:
    """Return whether the scores of a model trained by this recipe are probabilities."""
    return getattr(losses, recipe["loss"]).activation != "identity"


@says_what_helps
def train_one(
    variant: str,
    recipe: dict,
    seed: int,
    train: tuple,
    valid: tuple,
    say: Callable[[str], None] = print,
    points: NoPoints | None = None,
    inputs: adapt.Inputs | None = None,
) -> Run:
    """Train with one seed, or continue from the seed's resume point.

    train, valid  results of `load_split`
    say           takes a line an epoch
    points        keeps resume points
    inputs        offset and power of the training images; measured here if not given

    Raises Diverged where the loss becomes NaN or infinite.
    """
    points = points or NoPoints()
    point = points.load(seed)
    if "run" in point:
        say(f"{variant} seed {seed}: is trained already")
        return Run(**point["run"])
    seed_everything(seed)
    inputs = inputs or adapt.measure(train[0])
    train_batches = Batches(
        *train[:2], recipe["batch_size"], recipe["shuffle"], seed, inputs.offset, recipe["sampling"]
    )
    valid_batches = Batches(*valid[:2], VALID_BATCH, offset=inputs.offset)
    recipe = adapt.adapted(recipe, inputs, max(2, train[1].shape[1]), len(train_batches))
    model = build_model(recipe, tuple(train[0].shape[1:]), train[1].shape[1]).to(train[0].device)
    network = in_precision(model, recipe["precision"])
    history = History(variant, seed, recipe, say)
    fit = importlib.import_module(f"ladder.trainers.{recipe['trainer']}").fit
    progress = Progress(history, network, train_batches, seed, points, point)
    fit(network, train_batches, valid_batches, recipe, progress)
    train_seconds, started = progress.seconds(), time.perf_counter()
    outputs = predict(network, valid_batches).cpu().numpy()
    cost = {
        "variant": variant,
        "seed": seed,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "epochs": recipe["epochs"],
        "lr": recipe["lr"],
        "train_seconds": train_seconds,
        "microseconds_per_image": (time.perf_counter() - started) / len(outputs) * 1e6,
        "cpu_seconds": points.cpu_seconds(),  # of all seeds so far, like the memory
        "peak_megabytes": peak_megabytes(),
        "device": train[0].device.type,
        **gpu.columns(train[0].device.type),
    }
    weights = {name: weight.detach().cpu().contiguous() for name, weight in model.state_dict().items()}
    found = scores.scores_of(outputs, getattr(losses, recipe["loss"]).activation)
    run = Run(weights, found, history.rows, cost)
    points.after_run(seed, vars(run))
    return run


class History:
    """The history of one run: takes a row an epoch, prints a line, and ends the run where the loss is no number."""

    def __init__(self, variant: str, seed: int, recipe: dict, say: Callable[[str], None] = print) -> None:
        self._variant, self._seed, self._recipe, self._say = variant, seed, recipe, say
        self.rows: list[dict] = []
        self.epochs = recipe["epochs"]

    def continue_after(self, rows: list[dict]) -> None:
        """Begin with the rows of the epochs before a kill."""
        self.rows[:] = rows
        self._say(f"{self._variant} seed {self._seed}: continues at epoch {len(rows) + 1} of {self.epochs}")

    def record(self, epoch: int, train_loss: float, valid_loss: float, accuracy: float, seconds: float) -> None:
        """Add the row of an epoch, counted from 0. Raises Diverged for a loss that is NaN or infinite."""
        values = (self._variant, self._seed, epoch, train_loss, valid_loss, accuracy, seconds)
        self.rows.append(dict(zip(HISTORY, values, strict=True)))
        self._say(
            f"{self._variant} seed {self._seed} epoch {epoch + 1}/{self.epochs}: "
            f"train loss {train_loss:.4f}, valid loss {valid_loss:.4f}, accuracy {accuracy:.4f}, {seconds:.2f} s"
        )
        for loss in (train_loss, valid_loss):
            if not math.isfinite(loss):
                why = (
                    f"the loss is {loss} after epoch {epoch + 1} with learning rate {self._recipe['lr']:g}; "
                    f"try a smaller `lr` in variants.{self._variant}"
                )
                raise Diverged(self._variant, self._seed, why, self.rows)


def build_model(recipe: dict, in_shape: tuple[int, int, int], n_outputs: int) -> nn.Module:
    """Return the recipe's model with its initial weights: PyTorch's, or normal with the `std` of training/adapt.py."""
    build = importlib.import_module(f"ladder.models.{recipe['model']}").build
    try:
        model = build(in_shape, n_outputs, **recipe["options"])
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
        if says_out_of_memory(error):
            raise
        raise LadderError(
            f"models/{recipe['model']}.py makes no model of options {recipe['options']} for images of {in_shape}: "
            f"{error}"
        ) from error
    if recipe["init"] == "normal":
        for parameter in model.parameters():
            nn.init.normal_(parameter, std=recipe.get("std", 1.0))
    return model


def seed_everything(seed: int) -> None:
    """Seed every random generator that a model, a trainer or fastai draws from."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
