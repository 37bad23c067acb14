import csv
import math

import numpy as np
import pytest
from scipy import stats

from ladder import metrics
from ladder.evaluate import Request, evaluate
from ladder.evaluation import differences, paired
from ladder.evaluation.tallies import Tally
from ladder.formats import scores

ALL = ["log_loss", "balanced_accuracy", "macro_precision", "macro_recall", "macro_f1", "weighted_f1", "roc_auc"]
PAIR = ("b", "a")


class Held:
    """A rung whose scores are held in memory: seed to scores [n, classes]."""

    def __init__(self, name, labels, by_seed, probabilities=True):
        self.name, self.labels, self.by_seed, self.probabilities = name, labels, by_seed, probabilities
        self.images = len(labels)
        self.tallies = {seed: Tally.of(labels, own, probabilities) for seed, own in by_seed.items()}

    def blocks(self, first, last):
        for seed, own in self.by_seed.items():
            yield seed, self.labels[first:last], own[first:last]


def softmax(raw):
    return scores.scores_of(raw, "softmax")


def study(random, seeds=(3, 4), images=200, classes=3, skill=(1.0, 1.3)):
    """Two rungs `a` and `b` whose runs share the difficulty of the images; each seed has a skill of its own."""
    labels, shared = random.integers(0, classes, images), random.normal(size=(images, classes))
    own_class = np.eye(classes)[labels]
    return [
        Held(
            name,
            labels,
            {
                seed: softmax(
                    shared + (level + 0.1 * random.normal()) * own_class + 0.3 * random.normal(size=(images, classes))
                )
                for seed in range(number)
            },
        )
        for name, number, level in zip("ab", seeds, skill)
    ]


def rows_of(rungs, names=ALL, pairs=(PAIR,), trained=("a", "b"), alpha=0.05):
    return list(differences.difference_rows(rungs, pairs, names, set(trained), alpha))


def directly(first, second, trained=("a", "b")):
    """The difference and its interval, from the values y [seeds, images] of two rungs, by the formulas of the docs."""
    (name, y), (other, z) = first, second
    images = y.shape[1]
    v_image = np.var(y.mean(0) - z.mean(0), ddof=1) / images
    v_seed, v_both, below = 0, 0, v_image**2 / (images - 1)
    for rung, own in ((name, y), (other, z)):
        if rung in trained and len(y) > 1 and len(z) > 1:
            runs = len(own)
            of_seeds = np.var(own.mean(1), ddof=1) / runs
            rest = own - own.mean(1, keepdims=True) - own.mean(0) + own.mean()
            v_both += (rest**2).sum() / ((runs - 1) * (images - 1)) / (runs * images)
            v_seed += of_seeds
            below += of_seeds**2 / (runs - 1)
    variance = max(v_seed + v_image - v_both, v_seed, v_image)
    half = stats.t.ppf(0.975, variance**2 / below) * math.sqrt(variance)
    value = y.mean() - z.mean()
    p = 2 * stats.t.sf(abs(value) / math.sqrt(variance), variance**2 / below)
    return value, value - half, value + half, p


def losses(rung):
    return np.stack([-np.log(own[np.arange(rung.images), rung.labels]) for own in rung.by_seed.values()])


def linearized(rung, name):
    metric = getattr(metrics, name)
    tallies = [Tally.of(rung.labels, own) for own in rung.by_seed.values()]
    return np.stack(
        [
            metric(tally) + metric.influence(tally, rung.labels, own)
            for tally, own in zip(tallies, rung.by_seed.values())
        ]
    )


def numbers(row):
    return [row[name] for name in ("difference", "low", "high", "p_holm")]


def test_the_log_loss_is_the_closed_form_of_a_direct_sum_over_seeds_and_images():
    a, b = study(np.random.default_rng(0))
    (row,) = rows_of([a, b], ["log_loss"])
    assert numbers(row) == pytest.approx(directly(("b", losses(b)), ("a", losses(a))), rel=1e-9)
    assert (row["rung"], row["other"], row["metric"]) == ("b", "a", "log_loss")


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("seeds", "trained"), [((3, 4), "ab"), ((1, 4), "b"), ((1, 4), "ab"), ((2, 2), "")])
def test_each_metric_is_the_closed_form_of_value_plus_influence(name, seeds, trained):
    a, b = study(np.random.default_rng(1), seeds)
    (row,) = rows_of([a, b], [name], trained=trained)
    if (seeds, trained) == ((1, 4), "b"):  # a baseline has one result, and the seeds of the other rung count
        y = linearized(a, name)
        expected = directly(("b", linearized(b, name)), ("a", np.concatenate([y, y])), trained)
    else:
        expected = directly(("b", linearized(b, name)), ("a", linearized(a, name)), trained)
    assert numbers(row) == pytest.approx(expected, rel=1e-9)
    values = [np.mean([getattr(metrics, name)(tally) for tally in rung.tallies.values()]) for rung in (b, a)]
    assert row["difference"] == pytest.approx(values[0] - values[1], rel=1e-12)


def resampled(rungs, names, number, random):
    """Differences of the metrics of single runs, over resamples of the images: [number, names]."""
    drawn = []
    for _ in range(number):
        images = random.integers(0, rungs[0].images, rungs[0].images)
        a, b = (Tally.of(rung.labels[images], rung.by_seed[0][images]) for rung in rungs)
        drawn.append([getattr(metrics, name)(b) - getattr(metrics, name)(a) for name in names])
    return np.array(drawn)


def test_the_interval_of_two_single_runs_is_that_of_a_paired_bootstrap_over_images():
    random = np.random.default_rng(2)
    rungs = study(random, (1, 1), images=400)
    drawn = resampled(rungs, ALL, 400, random)
    for row, own in zip(rows_of(rungs), drawn.T, strict=True):
        half = (row["high"] - row["low"]) / 2
        assert half == pytest.approx(1.96 * own.std(ddof=1), rel=0.12), row["metric"]
        low, high = np.quantile(own, [0.025, 0.975])
        assert (row["low"], row["high"]) == pytest.approx((low, high), abs=0.35 * half), row["metric"]


def test_blocks_of_another_size_give_the_same_rows(monkeypatch):
    rungs = study(np.random.default_rng(3))
    at_once = rows_of(rungs)
    monkeypatch.setattr(scores, "ROWS", 7)
    for row, same in zip(at_once, rows_of(rungs), strict=True):
        assert numbers(row) == pytest.approx(numbers(same), rel=1e-12)


@pytest.mark.parametrize(("name", "seed_luck"), [("log_loss", 0.3), ("macro_f1", 0.3), ("roc_auc", 0.0)])
def test_the_interval_covers_the_true_difference_of_none(name, seed_luck):
    """Runs of two rungs of the same skill, with luck of their own; 300 studies of 3 seeds and 200 images."""
    random, covered, studies = np.random.default_rng(4), 0, 300
    for _ in range(studies):
        labels, shared = random.integers(0, 2, 200), random.normal(size=200)
        sign = 2 * labels - 1
        rungs = []
        for rung in "ab":
            raw = [sign * (1 + seed_luck * random.normal()) + shared + random.normal(size=200) for _ in range(3)]
            rungs.append(Held(rung, labels, {seed: softmax(np.stack([-z, z], 1) / 2) for seed, z in enumerate(raw)}))
        (row,) = rows_of(rungs, [name])
        covered += row["low"] <= 0 <= row["high"]
    assert 0.93 <= covered / studies <= 1


def test_holms_family_is_the_pairs_of_one_metric():
    random = np.random.default_rng(5)
    a, b = study(random)
    c = study(random, skill=(1.05, 1.0))[0]
    c = Held("c", a.labels, {seed: own[::-1] for seed, own in c.by_seed.items()})
    pairs = [("b", "a"), ("c", "b"), ("c", "a")]
    rows = rows_of([a, b, c], ["macro_f1", "log_loss"], pairs, "abc")
    assert [(row["metric"], (row["rung"], row["other"])) for row in rows] == [
        (name, pair) for name in ("macro_f1", "log_loss") for pair in pairs
    ]
    for name in ("macro_f1", "log_loss"):
        alone = [rows_of([a, b, c], [name], [pair], "abc")[0]["p_holm"] for pair in pairs]
        assert [row["p_holm"] for row in rows if row["metric"] == name] == pytest.approx(paired.holm(alone), rel=1e-12)


def test_alpha_decides_what_is_distinguishable():
    rungs = study(np.random.default_rng(6))
    for row in rows_of(rungs):
        for alpha, expected in ((row["p_holm"] * 1.01, True), (row["p_holm"], False)):
            assert rows_of(rungs, [row["metric"]], alpha=alpha)[0]["distinguishable"] is expected


def test_accuracy_metrics_of_classes_and_metrics_without_influences_have_no_rows():
    rungs = study(np.random.default_rng(7))
    assert rows_of(rungs, ["accuracy", "precision", "recall", "f1", "calibration_error"]) == []


def test_without_probabilities_there_is_no_log_loss():
    a, b = study(np.random.default_rng(8))
    a = Held("a", a.labels, {seed: np.log(own) for seed, own in a.by_seed.items()}, probabilities=False)
    assert [row["metric"] for row in rows_of([a, b])] == [name for name in ALL if name != "log_loss"]


def test_an_area_that_no_run_has_gives_no_row():
    a, b = study(np.random.default_rng(9))
    only = np.zeros_like(a.labels)
    rungs = [Held(rung.name, only, rung.by_seed) for rung in (a, b)]
    assert "roc_auc" not in [row["metric"] for row in rows_of(rungs)]


def test_two_rungs_that_are_the_same_differ_by_nothing():
    a, _ = study(np.random.default_rng(10))
    twin = Held("b", a.labels, a.by_seed)
    for row in rows_of([a, twin], trained=()):
        assert numbers(row) == [0, 0, 0, 1]
        assert row["distinguishable"] is False


def test_a_difference_without_a_variance_is_no_proof():
    labels = np.repeat([0, 1], 50)
    a = Held("a", labels, {0: np.tile([0.9, 0.1], (100, 1))})  # always class 0
    b = Held("b", labels, {0: np.eye(2)[labels] * 0.8 + 0.1})  # always right
    rows = {row["metric"]: row for row in rows_of([a, b], trained=())}
    for name in ("balanced_accuracy", "roc_auc"):
        assert numbers(rows[name]) == [0.5, None, None, None]
        assert rows[name]["distinguishable"] is False
    assert rows["log_loss"]["p_holm"] < 1e-9


def test_each_pair_counts_once_with_the_upper_rung_first():
    rows = [
        {"rung": rung, "other": other}
        for rung, other in (("b", "a"), ("a", "c"), ("a", "b"), ("b", "chance"), ("c", "a"), ("c", "b"))
    ]
    assert differences.pairs_of(rows, ["a", "b", "c"]) == [("b", "a"), ("c", "a"), ("c", "b")]


def test_images_of_one_number_are_no_variance():
    rung = Held("a", np.array([0]), {0: np.array([[0.9, 0.1]])})
    other = Held("b", np.array([0]), {0: np.array([[0.6, 0.4]])})
    (row,) = rows_of([rung, other], ["log_loss"], trained=())
    assert (row["low"], row["p_holm"], row["distinguishable"]) == (None, None, False)


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    """The folder of a study of two rungs of three seeds in files, whose images are read in blocks of 50."""
    folder = tmp_path_factory.mktemp("differences")
    rungs = study(np.random.default_rng(11), (3, 3))
    labels = rungs[0].labels
    index = [f"valid,{number},v/{number},{'xyz'[label]}\n" for number, label in enumerate(labels)]
    (folder / "index.csv").write_text("split,position,path,class\ntrain,0,t/0,x\n" + "".join(index))
    for rung in rungs:
        scores.write(folder / rung.name, list("xyz"), labels, rung.by_seed, True)
    recipe = {"loss": "cross_entropy", "sampling": "shuffled", "class_weights": "none"}
    asked = Request(["accuracy", *ALL, "f1"], recipes=dict.fromkeys("ab", recipe), chance="majority")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scores, "ROWS", 50)
        evaluate({rung.name: [str(folder / rung.name)] for rung in rungs}, f"{folder}/index.csv", asked, folder, {})
    return folder, rungs


def test_the_table_of_the_stage(evaluated):
    folder, rungs = evaluated
    with open(folder / "differences.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(differences.DIFFERENCES)
    assert [row["metric"] for row in rows] == ALL
    for row, expected in zip(rows, rows_of(rungs), strict=True):
        assert [float(row[name]) for name in ("difference", "low", "high", "p_holm")] == pytest.approx(
            numbers(expected), rel=1e-9
        )
        assert row["distinguishable"] == str(expected["distinguishable"])
