"""One epoch of the small models, validation included, in one process by turns."""

import contextlib
import io
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.measure import by_turns
from benchmarks.place import Place
from benchmarks.results import Limit, Line

PAIRS = 9
EPOCHS = 5  # epochs of one measurement: a single epoch takes some milliseconds


@dataclass(frozen=True)
class Case:
    """A variant of ours, its changes, the notebook's counterpart, and the largest ratio that is allowed."""

    what: str
    variant: str
    against: str
    theirs: Callable[[tuple], object]
    at_most: float
    changes: tuple = ()


def cases(cores: int) -> list[Case]:
    """Return the cases. The notebook's code is loaded here, since it imports fastai."""
    from benchmarks import notebook as nb

    loop = "the notebook's loop on its DataLoader of pairs"
    learner = "the notebook's Learner on its DataLoader of pairs"

    own_loop = (("trainer", "loop"), ("optimizer", "sgd"))

    def linear():
        return nb.nn.Linear(nb.PIXELS, 1)

    def mlp_by_loop(dls):
        return nb.fit_with(nb.SGD, nb.simple_net(), *dls, EPOCHS, 0.1)

    return [
        Case("linear_scratch", "linear_scratch", loop, lambda dls: nb.fit_by_hand(*dls, EPOCHS, 1.0), 0.35),
        Case("mlp in our own loop", "mlp", loop, mlp_by_loop, 0.5, (*own_loop, ("threads", cores))),
        Case("mlp in our own loop", "mlp", loop, mlp_by_loop, 0.5, own_loop),
        Case("linear_learner", "linear_learner", learner, lambda dls: nb.fit_learner(linear(), *dls, EPOCHS, 1.0), 0.8),
        Case(
            "mlp in a fastai Learner",
            "mlp",
            learner,
            lambda dls: nb.fit_learner(nb.simple_net(), *dls, EPOCHS, 0.1),
            0.8,
        ),
    ]


def measure(place: Place, pairs: int) -> list[Line]:
    """Measure by turns. The notebook has all cores, as its users run it; ours has the recipe's threads, or as many."""
    import torch

    from benchmarks import notebook as nb
    from ladder.machine import device
    from ladder.train import prepare_torch, train_one
    from ladder.training.batches import load_split

    cores = torch.get_num_threads()
    loaders = nb.loaders(nb.tensorize(place.images))
    used = device.resolve(place.study.settings["device"])
    splits = [load_split(str(path), 2, used) for path in place.tensors.values()]

    def line_of(case: Case) -> Line:
        recipe = place.study.recipe(case.variant) | dict(case.changes) | {"epochs": EPOCHS}

        def ours(number: int) -> float:
            prepare_torch(used, recipe["threads"])
            with contextlib.redirect_stdout(io.StringIO()):
                trained = train_one(case.variant, recipe, number, *splits)
            return trained.cost["train_seconds"] / EPOCHS * 1e3

        def theirs(_: int) -> float:
            torch.set_num_threads(cores)
            started = time.perf_counter()
            case.theirs(loaders)
            return (time.perf_counter() - started) / EPOCHS * 1e3

        by_turns(ours, theirs, 1)  # the extra seconds of a first run are no part of an epoch
        our_times, their_times = by_turns(ours, theirs, pairs)
        against = f"{case.against}, {_threads(cores)}"
        what = f"one epoch of {case.what}, {_threads(recipe['threads'])}"
        return Line(what, our_times, "ms", against, their_times, Limit("at most", case.at_most))

    lines = [line_of(case) for case in cases(cores)]
    torch.set_num_threads(cores)
    return lines


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"
