"""Rows of the tables `validation` and `comparison`: how sure an accuracy is, and what tells two rungs apart.

right  rung to bool [seeds, images], which images each seed gets right; lowest rung first
"""

from itertools import pairwise

import numpy as np

from ladder import paired, statistics

ALPHA = 0.05


def validation_rows(right: dict[str, np.ndarray]) -> list[dict]:
    """A row a rung: its mean accuracy, and the two intervals of it that answer different questions.

    wilson_*, bootstrap_*  of the finite set of images, other images of the same kind might give: Wilson's, and a
                           bootstrap over images of the share of the seeds that are right
    seeds_*                between seeds (Student's t), another training run on the same data might give; empty for one
    """
    rows = []
    for rung, of_seeds in right.items():
        over_seeds = _accuracy(of_seeds)
        images = of_seeds.shape[1]
        wilson = statistics.wilson(over_seeds.mean, images)
        bootstrap = [end / len(of_seeds) for end in statistics.bootstrap(of_seeds.sum(0))]
        rows.append(
            {
                **{"variant": rung, "accuracy": over_seeds.mean, "images": images},
                **{"wilson_low": wilson[0], "wilson_high": wilson[1]},
                **{"bootstrap_low": bootstrap[0], "bootstrap_high": bootstrap[1]},
                **{"seeds": over_seeds.n, "seeds_low": over_seeds.low, "seeds_high": over_seeds.high},
            }
        )
    return rows


def comparison_rows(right: dict[str, np.ndarray]) -> list[dict]:
    """A row a pair: every rung against the one below it (`adjacent`), then every other rung against the best (`best`).

    The best has the highest mean accuracy, of equal ones the lowest rung; it is chosen on the images it is compared on.
    The family of Holm's adjustment is all different pairs of the table, for each of the two tests by itself; a pair
    that is in the table twice counts once. Two rungs are distinguishable where the adjusted p of the permutation test
    is below 0.05.
    """
    names = list(right)
    best = max(names, key=lambda rung: _accuracy(right[rung]).mean)
    rows = [(upper, lower, "adjacent") for lower, upper in pairwise(names)]
    rows += [(rung, best, "best") for rung in names if rung != best]
    # Each pair once, the upper rung first: the two rows of a pair mirror each other to the last digit.
    pairs = dict.fromkeys(tuple(sorted(row[:2], key=names.index, reverse=True)) for row in rows)
    found = {(upper, lower): paired.compare(right[upper], right[lower]) for upper, lower in pairs}
    holm = [paired.holm([getattr(of, test) for of in found.values()]) for test in ("mcnemar_p", "permutation_p")]
    adjusted = dict(zip(found, zip(*holm, strict=True), strict=True))
    return [
        _comparison_row(rung, other, kind, found[rung, other], *adjusted[rung, other])
        if (rung, other) in found
        else _comparison_row(rung, other, kind, found[other, rung].turned(), *adjusted[other, rung])
        for rung, other, kind in rows
    ]


def _comparison_row(
    rung: str, other: str, kind: str, found: paired.Comparison, mcnemar_holm: float, permutation_holm: float
) -> dict:
    return {
        **{"rung": rung, "other": other, "kind": kind},
        **{"difference": found.difference, "low": found.low, "high": found.high},
        **{"rung_only": found.first_only, "other_only": found.second_only, "cohens_g": found.cohens_g},
        **{"mcnemar_p": found.mcnemar_p, "mcnemar_holm": mcnemar_holm},
        **{"permutation_p": found.permutation_p, "permutation_holm": permutation_holm},
        "distinguishable": permutation_holm < ALPHA,
    }


def _accuracy(right: np.ndarray) -> statistics.Spread:
    """The spread over seeds, from the same numbers as that of the table `summary`."""
    return statistics.spread(right.mean(1).tolist())
