"""Tests of two rungs, tried where the truth is known: how often each is wrong, and what it finds.

right  bool [seeds, images]: whether a run of a rung with each seed is right on each image
"""

from collections.abc import Iterator

import numpy as np
from scipy import stats
from scipy.special import ndtr

from ladder.evaluation import paired
from ladder.evaluation.paired import Classifier, Comparison, Images

ALPHA = 0.05
TESTS = ("sign flips (images)", "McNemar (majorities)", "Welch (seeds)", "two-way", "verdict")


def compare(first: np.ndarray, second: np.ndarray) -> Comparison:
    """Compare two rungs as the evaluation does."""
    counts, images = np.unique(np.stack([first.sum(0), second.sum(0)], axis=1), axis=0, return_counts=True)
    return paired.compare(_classifier(first), _classifier(second), Images(counts, images, 0))


def p_values(first: np.ndarray, second: np.ndarray) -> list[float]:
    """Return the p of each of `TESTS`; the p of the verdict is the higher one of its two tests."""
    known = compare(first, second)
    flips, both = known.sign_flip_p, known.estimate.p()
    return [flips, mcnemar(first, second), welch(first, second), both, max(flips, both)]


def rejections(pairs: Iterator[tuple[np.ndarray, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return each test to whether it rejects that two rungs are equal, bool [pairs]."""
    return dict(zip(TESTS, np.array([p_values(*pair) for pair in pairs]).T < ALPHA, strict=True))


def groups(
    right: np.ndarray, seeds: int, draws: int, gap: float = 0.0, seed: int = 0
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield two disjoint groups of runs of one rung, drawn at random.

    gap  share of the right answers of the first group that are made wrong, at random: the true difference of the groups
         is the gap times the rung's accuracy
    """
    random = np.random.default_rng(seed)
    for _ in range(draws):
        chosen = random.permutation(len(right))[: 2 * seeds]
        first, second = right[chosen[:seeds]], right[chosen[seeds:]]
        yield first & (random.random(first.shape) >= gap) if gap else first, second


def simulated(
    images: int, seeds: int, spread: float, draws: int, means: tuple[float, float] = (1.5, 1.5), seed: int = 0
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the runs of two rungs whose true accuracies are known (`accuracy`).

    A run is right on an image where mean + seed + image + noise is above 0. The effect of the image is common to both
    rungs, with standard deviation 1; that of a seed has the standard deviation `spread`, and the noise has 1.
    """
    random = np.random.default_rng(seed)
    for _ in range(draws):
        hard = random.standard_normal(images)
        first, second = (
            mean + spread * random.standard_normal((seeds, 1)) + hard + random.standard_normal((seeds, images)) > 0
            for mean in means
        )
        yield first, second


def accuracy(mean: float, spread: float) -> float:
    """Return the true accuracy of a rung of `simulated`, over all seeds and images."""
    return float(ndtr(mean / np.sqrt(2 + spread**2)))


def mcnemar(first: np.ndarray, second: np.ndarray) -> float:
    """Return the p of McNemar's exact test of the majorities of the seeds (McNemar 1947)."""
    ours, theirs = (2 * right.sum(0) > len(right) for right in (first, second))
    discordant = int((ours ^ theirs).sum())
    return stats.binomtest(int((ours & ~theirs).sum()), discordant).pvalue if discordant else 1.0


def welch(first: np.ndarray, second: np.ndarray) -> float:
    """Return the p of Welch's t test of the accuracies of the seeds (Welch 1947)."""
    ours, theirs = first.mean(1), second.mean(1)
    if np.ptp(ours) == np.ptp(theirs) == 0:
        return float(ours[0] == theirs[0])
    return float(stats.ttest_ind(ours, theirs, equal_var=False).pvalue)


def _classifier(right: np.ndarray) -> Classifier:
    return Classifier(dict(enumerate(right.mean(1).tolist())), trained=True)
