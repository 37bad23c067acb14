"""Train a block of a sweep's runs. A run equals the ladder's run of the same settings and seed, to the last bit."""

import numpy as np

from ladder.config.swept_settings import merged
from ladder.formats import scores, tables
from ladder.train import gives_probabilities, load_splits, prepare_torch, train_one
from ladder.training import adapt, class_balance, failures
from ladder.training.costs import COSTS
from ladder.training.failures import FAILURES, Diverged
from ladder.training.history import HISTORY

RUN = {"run": "int64", "point": "string"}  # the first columns of the tables


def train_runs(
    variant: str, recipe: dict, points: list[dict], device: str, train: str, valid: str, outputs: dict[str, str]
) -> None:
    """Train `variant` at the points of a block, and write history, scores, costs and failures; weights are not kept.

    recipe        the settings that all points share
    points        points with their settings and seeds, the result of Sweep.runs_of
    train, valid  tensor files of the two splits
    outputs       paths: `history` (CSV, a row per epoch), `scores` (Parquet, see formats/scores.py), `costs` (CSV, a
                  row per run), `failures` (CSV, see training/failures.py)

    A run whose loss becomes NaN or infinite is a result of the sweep: it has a history and costs, but no scores. A run
    that raises an error has only a row in `failures`. The other runs go on.
    """
    prepare_torch(device, recipe["threads"])
    classes, *splits = load_splits(train, valid, device)
    inputs = adapt.measure(splits[0][0])
    finished, probabilities, history, costs, failed = {}, [], [], [], []
    for point in points:
        settings = class_balance.by_class(variant, merged(recipe, point["settings"]), classes)
        for number, seed in point["seeds"].items():
            which = {"run": number, "point": point["point"]}
            try:
                rows, cost, scored = _ended(variant, settings, seed, splits, inputs, device)
            except Exception as error:
                failed.append(which | failures.failure(variant, seed, error))
                continue
            history += [which | row for row in rows]
            costs.append(which | cost)
            ended = f"diverged in epoch {len(rows)}"
            if scored is not None:
                finished[number], ended = scored, f"accuracy {rows[-1]['accuracy']:.4f}"
                probabilities += [number] if gives_probabilities(settings) else []
            print(f"{variant} {point['point']} seed {seed}: {ended}, {cost['train_seconds']:.2f} s")
    for name, rows, columns in (("history", history, HISTORY), ("costs", costs, COSTS), ("failures", failed, FAILURES)):
        tables.write(outputs[name], rows, RUN | columns)
    scores.write(outputs["scores"], classes, splits[1][2].cpu().numpy(), finished, probabilities, key="run")


def _ended(
    variant: str, settings: dict, seed: int, splits: list[tuple], inputs: adapt.Inputs, device: str
) -> tuple[list[dict], dict, np.ndarray | None]:
    """Train one run; return its history, its costs, and its scores, which are None if it diverged."""
    try:
        run = train_one(variant, settings, seed, *splits, say=_nothing, inputs=inputs)
    except Diverged as diverged:
        return diverged.history, _cost_of_diverged(diverged.history, device), None
    return run.history, run.cost, run.scores


def _nothing(line: str) -> None:
    """Print nothing: a sweep prints a line per run, not a line per epoch."""


def _cost_of_diverged(history: list[dict], device: str) -> dict:
    about = {key: history[-1][key] for key in ("variant", "seed")}
    return about | {"train_seconds": sum(row["seconds"] for row in history), "device": device}
