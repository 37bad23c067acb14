"""Which images are hard for all rungs, and which rungs make the same predictions."""

from collections.abc import Iterator

import numpy as np

HARDEST = 20  # images kept, if there are no more that every run gets wrong


def predictions_of(seeds: dict[int, tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Predicted classes [seeds, n] of one rung, from (labels [n], scores [n, classes]) by seed."""
    return np.stack([scores.argmax(1) for _, scores in seeds.values()])


def agreement_rows(predictions: dict[str, np.ndarray]) -> Iterator[dict]:
    """A row for each pair of rungs: the share of images for which both predict the same class.

    predictions  rung to predicted classes [seeds, n]; the mean over all pairs of a seed of one and a seed of the other,
                 of one rung with itself over all pairs of different seeds (1 where there is a single seed)
    """
    for rung, own in predictions.items():
        for other, theirs in predictions.items():
            same = (own[:, None] == theirs[None]).mean(2)
            if rung == other and len(own) > 1:
                same = same[~np.eye(len(own), dtype=bool)]
            yield {"variant": rung, "other": other, "agreement": float(same.mean())}


def hard_rows(
    predictions: dict[str, np.ndarray], labels: np.ndarray, classes: list[str], paths: list[str]
) -> list[dict]:
    """The images that most rungs get wrong, the hardest first, and how many rungs and runs do.

    A rung counts by the share of its seeds that are wrong, so that a rung with more seeds has no more to say.
    """
    wrong = {rung: found != labels for rung, found in predictions.items()}
    rungs_wrong = np.sum([found.mean(0) for found in wrong.values()], axis=0)
    every_run = np.all([found.all(0) for found in wrong.values()], axis=0)
    # All that every run gets wrong, as their number is of interest; they come first.
    hardest = np.argsort(-rungs_wrong, kind="stable")[: max(HARDEST, int(every_run.sum()))]
    return [
        {
            "rank": rank,
            "image": int(image),
            "path": paths[image],
            "class": classes[labels[image]],
            "rungs_wrong": float(rungs_wrong[image]),
            "rungs": len(wrong),
            "every_run_wrong": bool(every_run[image]),
        }
        for rank, image in enumerate(hardest, start=1)
        if rungs_wrong[image] > 0
    ]
