"""One epoch of resnet18 against fastai's way from the files of images."""

from benchmarks.measure import ROOT, ask
from benchmarks.place import Place
from benchmarks.results import Limit, Line
from ladder.evaluation.statistics import spread

PAIRS = 3


def measure(place: Place, pairs: int) -> list[Line]:
    """Measure fresh processes: one seed alone, and as many seeds at a time as there are cores, as in a study."""
    script, splits, together = ROOT / "benchmarks/ours.py", list(place.tensors.values()), place.cores
    images, threads = place.images, place.study.recipe("resnet18")["threads"]

    def ours(seeds: range) -> list[dict]:
        commands = [[script, "train", "resnet18", seed, *splits] for seed in seeds]
        return ask(*commands, env=place.environment)

    alone, side_by_side, theirs, our_accuracies, their_accuracies = [], [], [], [], []
    for number in range(pairs):
        (single,) = ours(range(number, number + 1))
        alone.append(single["seconds"])
        our_accuracies.append(single["accuracy"])
        several = ours(range(together))
        side_by_side.append((max(run["ended"] for run in several) - min(run["began"] for run in several)) / together)
        command = [ROOT / "benchmarks/notebook.py", images, "--part", "resnet18", "--seed", number]
        (answer,) = ask(command, env=place.environment)
        theirs.append(answer["seconds"]["resnet18"])
        their_accuracies.append(answer["accuracy"]["resnet18"])
    against, limit = "fastai's ImageDataLoaders and vision_learner, all cores", Limit("at most", 0.45)
    what = f"one epoch of resnet18, {threads} thread{'s' * (threads > 1)}"
    return [
        Line(f"{what}, {together} seeds at a time, seconds a seed", side_by_side, "s", against, theirs, limit),
        Line(f"{what}, one seed alone", alone, "s", against, theirs, limit),
        _accuracy(our_accuracies, their_accuracies),
    ]


def _accuracy(ours: list[float], theirs: list[float]) -> Line:
    """Return the line of accuracies. Faster must not mean worse: our mean has to be in their interval, or above it."""
    interval = spread(theirs)
    limit = None if interval.low is None else Limit("at least", interval.low)
    note = f"fastai's own mean is {interval.mean:.4f}"
    if limit is not None:
        note += f", its 95% interval over {interval.n} seeds {interval.low:.4f} to {interval.high:.4f}"
    return Line("accuracy of resnet18 after its epoch", ours, "", limit=limit, statistic="mean", note=note)
