"""The 1,797 grey 8x8 digits bundled with scikit-learn (the test set of UCI's optical recognition of digits)."""

from collections.abc import Iterator

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from ladder.errors import LadderError
from ladder.images.entry import Entry, labelled

ABOUT = "the digits that come with scikit-learn"
SHARED = ()
OPTIONS = {
    "valid_fraction": {
        "type": "number",
        "exclusiveMinimum": 0,
        "exclusiveMaximum": 1,
        "default": 0.2,
        "description": "Share of the images kept for validation, the same of each class.",
    },
    "split_seed": {
        "type": "integer",
        "minimum": 0,
        "maximum": 4294967295,
        "default": 0,
        "description": "Seed of the split into training and validation images.",
    },
}
LARGEST = 16  # largest value of a pixel, which counts the set pixels of a 4x4 block


def entries(location: str | None, valid_fraction: float, split_seed: int) -> Iterator[Entry]:
    """Yield the digits. `split_seed` fixes the split, and each class has the same share of validation images."""
    digits = load_digits()
    images = np.round(digits.images * (255 / LARGEST)).astype(np.uint8)
    numbers = np.arange(len(images))
    try:
        _, valid = train_test_split(numbers, test_size=valid_fraction, random_state=split_seed, stratify=digits.target)
    except ValueError:
        raise LadderError(f"valid_fraction: {valid_fraction} leaves a split with fewer images than classes") from None
    in_valid = np.isin(numbers, valid)
    for number, label in enumerate(digits.target):
        split = "valid" if in_valid[number] else "train"
        place = f"{split}/{label}/{number:04}.png"
        yield labelled(place, lambda number=number: images[number], str(label), split)
