"""Train one variant with one block of seeds: weights, histories, and scores on the validation images.

A seed's result does not depend on the other seeds of its block: every random generator is seeded anew. If a seed
fails, the other seeds still have their results, and the failed seed has a row in the failures file
(training/failures.py).
"""

import importlib
import json
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
from ladder.machine.memory import keep_freed, says_out_of_memory, says_what_helps
from ladder.provenance import software
from ladder.training import adapt, class_balance, costs, failures
from ladder.training.batches import Batches, load_split
from ladder.training.failures import Diverged
from ladder.training.history import HISTORY, History
from ladder.training.precision import in_precision
from ladder.training.resume import Keeper, NoPoints, Progress
from ladder.training.validation import predict

VALID_BATCH = 1024  # large enough to be fast, small enough for the activations of a ResNet


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
    """Train `variant` once per seed, and write its weights, history, scores, costs and failures.

    train, valid  tensor files of the two splits
    outputs       paths: `weights` (safetensors, `seed<n>.<parameter>`), `history` (CSV, a row per epoch), `scores`
                  (Parquet, see formats/scores.py), `costs` (CSV, a row per seed), `failures` (CSV, see
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
    about = {"variant": variant, "recipe": recipe, "classes": classes, "offset": inputs.offset}
    _write(outputs, about, runs, history, failed, splits[1][2].cpu().numpy())


def _write(
    outputs: dict[str, str],
    about: dict,
    runs: dict[int, Run],
    history: list[dict],
    failed: list[dict],
    labels: np.ndarray,
) -> None:
    """Write the outputs of a block: `about` the block, its finished runs, by seed, and the labels of the images."""
    weights = {f"seed{seed}.{name}": weight for seed, run in runs.items() for name, weight in run.weights.items()}
    metadata = json.dumps(about | {"versions": software.versions()}, sort_keys=True)
    with atomic(outputs["weights"]) as partial:
        # The metadata has one key: safetensors writes several keys in an order that changes from run to run.
        save_file(weights, partial, metadata={"ladder": metadata})
    tables.write(outputs["history"], history, HISTORY)
    tables.write(outputs["costs"], [run.cost for run in runs.values()], costs.COSTS)
    tables.write(outputs["failures"], failed, failures.FAILURES)
    scores_of_seeds = {seed: run.scores for seed, run in runs.items()}
    scores.write(outputs["scores"], about["classes"], labels, scores_of_seeds, gives_probabilities(about["recipe"]))


def prepare_torch(device: str, threads: int) -> None:
    """Set the number of CPU threads and, on a GPU, deterministic kernels: they decide the last bits of a result.

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
    say           takes a line per epoch
    points        keeps resume points
    inputs        offset and power of the training images; measured here if not given

    Raises Diverged where the loss becomes NaN or infinite.
    """
    points = points or NoPoints()
    point = points.load(seed)
    if "run" in point:
        say(f"{variant} seed {seed}: is trained already")
        return Run(**point["run"])
    run = _train(variant, recipe, seed, train, valid, inputs or adapt.measure(train[0]), say, points, point)
    points.after_run(seed, vars(run))
    return run


def _train(
    variant: str,
    recipe: dict,
    seed: int,
    train: tuple,
    valid: tuple,
    inputs: adapt.Inputs,
    say: Callable[[str], None],
    points: NoPoints,
    point: dict,
) -> Run:
    """Train with one seed, from the start or from a resume point `point`, and predict the validation images."""
    seed_everything(seed)
    device = train[0].device.type
    order = (recipe["batch_size"], recipe["shuffle"], seed, inputs.offset, recipe["sampling"])
    train_batches = Batches(*train[:2], *order)
    valid_batches = Batches(*valid[:2], VALID_BATCH, offset=inputs.offset)
    recipe = adapt.adapted(recipe, inputs, max(2, train[1].shape[1]), len(train_batches))
    model = build_model(recipe, tuple(train[0].shape[1:]), train[1].shape[1]).to(train[0].device)
    network = in_precision(model, recipe["precision"])
    history = History(variant, seed, recipe, say)
    fit = importlib.import_module(f"ladder.trainers.{recipe['trainer']}").fit
    progress = Progress(history, network, train_batches, seed, points, point)
    fit(network, train_batches, valid_batches, recipe, seed, progress)
    train_seconds, started = progress.seconds(), time.perf_counter()
    outputs = predict(network, valid_batches).cpu().numpy()
    image_seconds = (time.perf_counter() - started) / len(outputs)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    # CPU seconds, like the memory, count all seeds so far.
    columns = {"epochs": recipe["epochs"], "lr": recipe["lr"], "cpu_seconds": points.cpu_seconds()}
    cost = costs.row(variant, seed, device, parameters, train_seconds, image_seconds, **columns)
    weights = {name: weight.detach().cpu().contiguous() for name, weight in model.state_dict().items()}
    class_scores = scores.scores_of(outputs, getattr(losses, recipe["loss"]).activation)
    return Run(weights, class_scores, history.rows, cost)


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
    """Seed every random generator that a model or a trainer draws from."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
