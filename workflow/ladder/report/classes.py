"""Tables of classes for the page. If classes are many, the page shows a choice and says so; the files have all."""

import numpy as np

from ladder.images.splits import CALLED
from ladder.report.names import visible

MANY = 30  # up to this number of classes, all are shown
ROWS = 20  # rows of a table that shows a choice of classes
CELLS = 20_000  # most cells of all confusion matrices of a page


def images(data: dict) -> dict:
    """Return the number of images of each class, or of some classes.

    data  the facts about the data

    The result has the names of the `splits` that have images, `rows` of (whole name, images of each split), and the
    `choice` of classes in words, which is empty if the rows are all classes.
    """
    per_class = data["images_per_class"]
    train, classes, choice = per_class["train"], data["classes"], ""
    if len(classes) > MANY:
        by_images = sorted(classes, key=train.get)
        classes = [*by_images[: ROWS // 2], *by_images[-(ROWS // 2) :]]
        choice = f"the {ROWS // 2} with the fewest training images and the {ROWS // 2} with the most"
    rows = [(visible(name), *(images[name] for images in per_class.values())) for name in classes]
    return {"splits": [CALLED[split] for split in per_class], "rows": rows, "choice": choice}


def of_rung(per_class: dict[str, dict], confusion: np.ndarray, classes: list[str], names: dict, rungs: int) -> dict:
    """Return the classes of a rung for the page.

    per_class  metric to class to its spread
    confusion  float [classes, classes]: images by class and predicted class
    names      class to its name in the page
    rungs      number of rungs of the page

    The result has `rows` of (name, mean of each metric or None). `worst` says whether these are only the classes with
    the smallest share of right images. Either `matrix` has rows of (name, images), or `pairs` has the most frequent
    confusions as rows of (class, predicted class, images).
    """
    few = len(classes) <= MANY
    right = confusion.diagonal() / confusion.sum(1)
    chosen = range(len(classes)) if few else np.argsort(right, kind="stable")[:ROWS]
    rows = [
        (names[classes[n]], [spreads.get(classes[n], {}).get("mean") for spreads in per_class.values()]) for n in chosen
    ]
    about = {"metrics": list(per_class), "rows": rows, "worst": not few}
    if few and rungs * len(classes) ** 2 <= CELLS:
        shown = [names[name] for name in classes]
        return about | {"matrix": list(zip(shown, confusion.tolist(), strict=True)), "pairs": []}
    return about | {"matrix": [], "pairs": _most_frequent(confusion, [names[name] for name in classes])}


def _most_frequent(confusion: np.ndarray, names: list[str]) -> list[tuple[str, str, float]]:
    mistakes = confusion.copy()
    np.fill_diagonal(mistakes, 0)
    places = np.argsort(-mistakes, axis=None, kind="stable")[:ROWS]
    pairs = zip(*np.unravel_index(places, mistakes.shape), strict=True)
    return [
        (names[label], names[predicted], float(mistakes[label, predicted]))
        for label, predicted in pairs
        if mistakes[label, predicted] > 0
    ]
