"""How often a verdict is wrong, and what it finds: every trained rung against itself, planted gaps, known truth."""

from pathlib import Path

import numpy as np
from scipy import stats

from benchmarks import verdicts
from benchmarks.place import DATASET, Place
from benchmarks.results import Limit, Line, Table
from ladder.evaluation.statistics import LEVEL
from ladder.formats import scores

PAIRS = 400  # draws of two groups of runs
SIMULATED = 2_000  # draws of simulated runs
SEEDS, RESNET18 = 40, 20
GROUPS = (3, 5, 10)
GAPS = (0.0025, 0.005, 0.01)
SPREADS = {"none": 0.0, "small": 0.05, "large": 0.2}  # of simulated seeds
IMAGES = (200, 2038)
FLIPS = verdicts.TESTS[0]
HIGHEST = 0.08  # the upper end of the 95% interval of a rate of false positives


def measure(place: Place, pairs: int) -> list[Line | Table]:
    """Train every rung with many seeds, and try the tests on their runs and on simulated runs."""
    project = place.copy({"dataset": DATASET, "seeds": SEEDS, "variants": {"resnet18": {"seeds": RESNET18}}})
    place.snakemake(project, f"results/{DATASET}/evaluate/summary.json")
    runs = {name: right_of(project / f"results/{DATASET}/train/{name}") for name in place.study.variants}
    return [*of_runs(runs, pairs), *of_simulation(SIMULATED)]


def right_of(folder: Path) -> np.ndarray:
    """Return bool [seeds, images]: where each run of a rung is right, from the scores of its blocks of seeds."""
    right = {
        seed: own.argmax(1) == labels
        for path in folder.glob("*/scores.parquet")
        for seed, (labels, own) in scores.read(path)[1].items()
    }
    return np.stack([right[seed] for seed in sorted(right)])


def of_runs(runs: dict[str, np.ndarray], draws: int) -> list[Line | Table]:
    """Return the rates at which the tests call a rung better than itself, and find planted gaps."""
    wrong, power, highest, lost = [], [], {}, {}
    for rung, right in runs.items():
        for seeds in GROUPS:
            rejected = verdicts.rejections(verdicts.groups(right, seeds, draws))
            wrong.append([rung, seeds, *(_with_interval(own) for own in rejected.values())])
            highest[rung, seeds] = _interval(rejected["verdict"])[1]
            keeps_promise = _interval(rejected[FLIPS])[1] <= HIGHEST
            for gap in GAPS:
                with_gap = verdicts.rejections(verdicts.groups(right, seeds, draws, gap))
                rates = {test: own.mean() for test, own in with_gap.items()}
                if keeps_promise:  # a test that finds what is not there finds more of what is there, too
                    lost[rung, seeds, gap] = rates[FLIPS] - rates["verdict"]
                power.append([rung, seeds, f"{100 * gap:g}", *(f"{rate:.3f}" for rate in rates.values())])
        print(f"  {wrong[-len(GROUPS) :]}", flush=True)
    worst, weakest = max(highest, key=highest.get), max(lost, key=lost.get)
    note = (
        f"Share of {draws} draws of two disjoint groups of runs of the same rung in which a test has p below "
        f"{verdicts.ALPHA}. The draws share runs, so the binomial intervals are too narrow."
    )
    return [
        Line(
            f"false positives of the verdict, upper 95% bound: {worst[0]}, {worst[1]} seeds",
            [highest[worst]],
            "",
            limit=Limit("at most", HIGHEST),
        ),
        Line(
            f"power lost against sign flips that keep their promise: {weakest[0]}, {weakest[1]} seeds, "
            f"{100 * weakest[2]:g} points",
            [float(lost[weakest])],
            "",
            limit=Limit("at most", 0.25),
        ),
        Table("A rung against itself", ["rung", "seeds", *verdicts.TESTS], wrong, note),
        Table(
            "A planted gap",
            ["rung", "seeds", "gap, points", *verdicts.TESTS],
            power,
            "Share of draws in which a test finds that the first group has so many of its right answers made wrong.",
        ),
    ]


def of_simulation(draws: int) -> list[Line | Table]:
    """Return the coverage of the interval, and the rates of false positives, where the truth is known."""
    rows, covered, highest = [], {}, {}
    for images in IMAGES:
        for seeds in GROUPS:
            for name, spread in SPREADS.items():
                for means in ((1.5, 1.5), (1.5, 1.3)):
                    truth = verdicts.accuracy(means[0], spread) - verdicts.accuracy(means[1], spread)
                    known = [
                        verdicts.compare(*pair) for pair in verdicts.simulated(images, seeds, spread, draws, means)
                    ]
                    ends = np.array([one.estimate.interval(LEVEL) for one in known])
                    different = np.array([max(one.estimate.p(), one.sign_flip_p) < verdicts.ALPHA for one in known])
                    inside = (ends[:, 0] <= truth) & (truth <= ends[:, 1])
                    key = images, seeds, name, f"{100 * truth:.2f}"
                    covered[key] = float(inside.mean())
                    if means[0] == means[1]:
                        highest[key] = _interval(different)[1]
                    rows.append([*key, _with_interval(inside), _with_interval(different)])
    least, most, worst = min(covered, key=covered.get), max(covered, key=covered.get), max(highest, key=highest.get)
    columns = ["images", "seeds", "effect of seeds", "true difference, points", "coverage", "verdict: different"]
    return [
        Line(f"least coverage of the 95% interval: {least}", [covered[least]], "", limit=Limit("at least", 0.94)),
        Line(f"most coverage of the 95% interval: {most}", [covered[most]], "", limit=Limit("at most", 0.99)),
        Line(
            f"false positives of the verdict, simulated, upper 95% bound: {worst}",
            [highest[worst]],
            "",
            limit=Limit("at most", HIGHEST),
        ),
        Table("Simulated runs whose truth is known", columns, rows, f"{draws} draws each."),
    ]


def _interval(rejected: np.ndarray) -> tuple[float, float]:
    ends = stats.binomtest(int(rejected.sum()), len(rejected)).proportion_ci(LEVEL)
    return float(ends.low), float(ends.high)


def _with_interval(rejected: np.ndarray) -> str:
    low, high = _interval(rejected)
    return f"{rejected.mean():.3f} ({low:.3f} to {high:.3f})"
