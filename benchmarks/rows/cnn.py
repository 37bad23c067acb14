"""The small network against resnet18, both of the default study: accuracy and training time."""

from benchmarks.measure import ROOT, ask
from benchmarks.place import Place
from benchmarks.results import Limit, Line

PAIRS = 5  # the study's seeds


def measure(place: Place, pairs: int) -> list[Line]:
    """Train a seed at a time, each in a fresh process."""
    runs: dict[str, list[dict]] = {"cnn": [], "resnet18": []}
    for seed in range(pairs):
        for variant in runs:
            command = [ROOT / "benchmarks/ours.py", "train", variant, seed, *place.tensors.values()]
            runs[variant] += ask(command, env=place.environment)
    seconds = {variant: [run["seconds"] for run in trained] for variant, trained in runs.items()}
    accuracy = {variant: [run["accuracy"] for run in trained] for variant, trained in runs.items()}
    lead = [cnn - resnet18 for cnn, resnet18 in zip(accuracy["cnn"], accuracy["resnet18"], strict=True)]
    return [
        Line(
            "training of cnn",
            seconds["cnn"],
            "s",
            "resnet18 of this study",
            seconds["resnet18"],
            Limit("at most", 0.15),
        ),
        Line("accuracy of cnn", accuracy["cnn"], "", limit=Limit("at least", 0.998), statistic="mean"),
        Line("accuracy of cnn above resnet18's", lead, "", limit=Limit("above", 0), statistic="mean"),
    ]
