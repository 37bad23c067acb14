"""The classes of the nearest training images, by the squared L2 distance of the pixels, exactly."""

import numpy as np

from ladder.formats.tensors import Split

ABOUT = "The class that most of the 3 nearest training images have, by the squared difference of the pixels."
K = 3
BLOCK = 4096  # training images at a time: memory does not grow with the data


def fit(train: Split) -> dict[str, Split]:
    """Return `train` itself: the training images are what is known."""
    return {"train": train}


def scores(state: dict[str, Split], images: np.ndarray) -> np.ndarray:
    """Return the share of each class among the K nearest training images.

    Distances are whole numbers, which double precision holds exactly. Of training images at the same distance the
    first is the nearest.
    """
    train = state["train"]
    queries = images.reshape(len(images), -1).astype(np.float64)
    own = np.square(queries).sum(1, keepdims=True)
    nearest = np.full((len(images), 0), 0, np.int64)  # distance * count + position: no two are equal
    first = 0
    for block, _ in train.chunks(BLOCK):
        others = block.reshape(len(block), -1).astype(np.float64)
        distances = own - 2 * (queries @ others.T) + np.square(others).sum(1)
        keys = distances.astype(np.int64) * train.count + np.arange(first, first + len(block))
        keys = np.concatenate([nearest, keys], axis=1)
        nearest = np.partition(keys, K - 1, axis=1)[:, :K] if keys.shape[1] > K else keys
        first += len(block)
    labels = train.labels[nearest % train.count]
    return np.stack([(labels == label).mean(1) for label in range(len(train.classes))], axis=1)
