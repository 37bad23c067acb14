"""The small network against resnet18, both of the default study: accuracy and training time."""

from benchmarks.measure import ROOT, ask
from benchmarks.place import Place
from benchmarks.results import Limit, Line

PAIRS = 5  # the study's seeds


def measure(place: Place, pairs: int) -> list[Line]:
    """A seed at a time, each in a fresh process."""
    found: dict[str, list[dict]] = {"cnn": [], "resnet18": []}
    for seed in range(pairs):
        for variant, runs in found.items():
            command = [ROOT / "benchmarks/ours.py", "train", variant, seed, *place.tensors.values()]
            runs += ask(command, env=place.environment)
    seconds = {variant: [run["seconds"] for run in runs] for variant, runs in found.items()}
    accuracy = {variant: [run["accuracy"] for run in runs] for variant, runs in found.items()}
    lead = [ours - other for ours, other in zip(accuracy["cnn"], accuracy["resnet18"], strict=True)]
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
