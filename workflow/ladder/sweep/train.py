"""Train a block of a sweep's runs. A run equals the ladder's run of the same settings and seed, to the last bit."""

from ladder.config.swept_settings import merged
from ladder.formats import scores, tables
from ladder.train import COSTS, HISTORY, gives_probabilities, load_splits, prepare_torch, train_one
from ladder.training import adapt, class_balance, failures
from ladder.training.failures import Diverged

RUN = ("run", "point")


def train_runs(
    variant: str, recipe: dict, points: list[dict], device: str, train: str, valid: str, outputs: dict[str, str]
) -> None:
    """Train `variant` at some points, and write history, scores, costs and failures; weights are not kept.

    recipe        the settings that all points share
    points        points with their settings and seeds, the result of Sweep.runs_of
    train, valid  tensor files of the two splits
    outputs       paths: `history` (CSV, a row an epoch), `scores` (Parquet, see formats/scores.py), `costs` (CSV, a row
                  a run), `failures` (CSV, see training/failures.py)

    A run whose loss becomes NaN or infinite is a result of the sweep: it has a history and costs, but no scores. A run
    that raises an error has only a row in `failures`. The other runs go on.
    """
    prepare_torch(device, recipe["threads"])
    classes, *splits = load_splits(train, valid, device)
    inputs, recipe = adapt.measure(splits[0][0]), class_balance.by_class(variant, recipe, classes)
    found, probabilities, history, costs, failed = {}, [], [], [], []
    for point in points:
        settings = merged(recipe, point["settings"])
        for number, seed in point["seeds"].items():
            which = {"run": number, "point": point["point"]}
            try:
                run = train_one(variant, settings, seed, *splits, say=_nothing, inputs=inputs)
            except Diverged as diverged:
                rows, cost = diverged.history, _cost_of_diverged(diverged.history, device)
                ended = f"diverged in epoch {len(rows)}"
            except Exception as error:
                failed.append(which | failures.failure(variant, seed, error))
                continue
            else:
                rows, cost, found[number] = run.history, run.cost, run.scores
                probabilities += [number] if gives_probabilities(settings) else []
                ended = f"accuracy {rows[-1]['accuracy']:.4f}"
            history += [which | row for row in rows]
            costs.append(which | cost)
            print(f"{variant} {point['point']} seed {seed}: {ended}, {cost['train_seconds']:.2f} s")
    tables.write(outputs["history"], history, [*RUN, *HISTORY])
    tables.write(outputs["costs"], costs, [*RUN, *COSTS])
    failures.write(outputs["failures"], failed, [*RUN, *failures.COLUMNS])
    scores.write(outputs["scores"], classes, splits[1][2].cpu().numpy(), found, probabilities, key="run")


def _nothing(line: str) -> None:
    """Print nothing: a sweep prints a line a run, not a line an epoch."""


def _cost_of_diverged(history: list[dict], device: str) -> dict:
    about = {key: history[-1][key] for key in ("variant", "seed")}
    return about | {"train_seconds": sum(row["seconds"] for row in history), "device": device}
