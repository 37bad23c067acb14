"""Rows of the table `calibration`: how often a rung is right when it says how sure it is."""

import numpy as np

from ladder.evaluation import statistics, tallies


def calibration_rows(rung: str, seeds: list[np.ndarray]) -> list[dict]:
    """A row a bin of confidence, empty ones included, from each seed's `outcomes.calibration`.

    low, high   the bin's ends; a confidence on an end belongs to the bin above, 1 to the last
    images      mean over seeds
    confidence, accuracy       means over the images that all seeds put into the bin; None for none
    wilson_low, wilson_high    of the accuracy, for as many images as a seed puts into the bin on average
    """
    images, right, confidence = np.sum(seeds, axis=0)
    rows = []
    for number in range(tallies.BINS):
        row = {"variant": rung, "low": number / tallies.BINS, "high": (number + 1) / tallies.BINS}
        row |= {"images": images[number] / len(seeds), "confidence": None, "accuracy": None}
        row |= {"wilson_low": None, "wilson_high": None}
        if images[number]:
            accuracy = right[number] / images[number]
            row |= {"confidence": float(confidence[number] / images[number]), "accuracy": float(accuracy)}
            row |= dict(zip(("wilson_low", "wilson_high"), statistics.wilson(float(accuracy), row["images"])))
        rows.append(row | {"images": float(row["images"])})
    return rows
