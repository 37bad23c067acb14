"""How classes of unequal sizes count in training: how often their images are drawn, and how much an image weighs.

A recipe has two settings. `sampling: balanced` draws an epoch's images from all classes equally often (batches.py).
`class_weights` multiplies the loss of each image by the weight of its class (weighted_loss.py).

shares  share of each class among the training images, float64 [classes]
"""

import numpy as np

from ladder.errors import LadderError

NAMED = 20  # most classes that an error names


def by_class(variant: str, recipe: dict, classes: list[str]) -> dict:
    """Return the recipe of a variant with a list as its `class_weights`, one per class, where they name classes.

    A class that is not named weighs 1. Raises LadderError for a name that no class has.
    """
    named = recipe["class_weights"]
    if isinstance(named, str):
        return recipe
    if unknown := [name for name in named if name not in classes]:
        known = ", ".join([*classes[:NAMED], *(["..."] if len(classes) > NAMED else [])])
        raise LadderError(
            f"variants.{variant}.class_weights: there is no class {unknown[0]!r}; the classes are {known}"
        )
    return recipe | {"class_weights": [named.get(name, 1.0) for name in classes]}


def drawn(recipe: dict, shares: np.ndarray) -> np.ndarray:
    """Return the share of each class among the images that an epoch draws, float64 [classes]."""
    return np.full(len(shares), 1 / len(shares)) if recipe["sampling"] == "balanced" else shares


def weights(recipe: dict, shares: np.ndarray) -> np.ndarray:
    """Return the weight of an image of each class, float64 [classes]; the mean weight of the drawn images is 1.

    So a learning rate means the same with weights as without. `balanced` gives every class the same total weight, as
    scikit-learn's `class_weight="balanced"`: 1 / (classes * share).
    """
    chosen, frequency = recipe["class_weights"], drawn(recipe, shares)
    if chosen == "none":
        return np.ones(len(shares))
    relative = 1 / frequency if chosen == "balanced" else np.array(chosen, np.float64)
    return relative / (frequency @ relative)
