"""Rows of the table `calibration`: a rung's accuracy by its confidence."""

import numpy as np

from ladder.evaluation import statistics, tallies

CALIBRATION = {
    "variant": "string",
    "low": "float64",
    "high": "float64",
    "images": "float64",
    "confidence": "float64?",
    "accuracy": "float64?",
    "wilson_low": "float64?",
    "wilson_high": "float64?",
}


def calibration_rows(rung: str, seeds: list[np.ndarray]) -> list[dict]:
    """Return one row per bin of confidence, empty or not, from the result of `tallies.calibration` for each seed.

    low, high   the bin's ends; a confidence on an end belongs to the bin above, 1 to the last bin
    images      number of images in the bin, the mean over seeds
    confidence, accuracy       means over the images that all seeds put into the bin; None for an empty bin
    wilson_low, wilson_high    Wilson's interval of the accuracy for `images` images
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
