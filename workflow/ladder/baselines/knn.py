"""The classes of the nearest training images, by the squared L2 distance of the pixels, exactly."""

import numpy as np

from ladder.formats.tensors import Split

ABOUT = "The class that most of the 3 nearest training images have, by the squared difference of the pixels."
K = 3
PIXELS = 1 << 22  # of the training images at a time, 8 bytes each: memory does not grow with the data


def fit(train: Split) -> dict[str, Split]:
    """Return `train` itself: the training images are what is known."""
    return {"train": train}


def scores(state: dict[str, Split], images: np.ndarray) -> np.ndarray:
    """Return the share of each class among the K nearest training images.

    Distances are whole numbers, which double precision holds exactly. Of training images at the same distance the
    first is the nearest.
    """
    train, rows = state["train"], np.arange(len(images))
    twice = images.reshape(len(images), -1) * -2.0
    nearest = np.empty((len(images), 0), np.int64)  # distance * count + position: no two are equal
    first = 0
    for block, _ in train.chunks(max(1, PIXELS // twice.shape[1])):
        others = block.reshape(len(block), -1).astype(np.float64)
        # The squared distance, without the square of the image itself, which changes no order.
        apart = twice @ others.T
        apart += np.einsum("np,np->n", others, others)
        found = [nearest]
        for _ in range(min(K, len(block))):
            place = apart.argmin(1)
            found.append((apart[rows, place].astype(np.int64) * train.count + first + place)[:, None])
            apart[rows, place] = np.inf
        nearest = np.sort(np.concatenate(found, axis=1), axis=1)[:, :K]
        first += len(block)
    labels = train.labels[nearest % train.count]
    return np.stack([(labels == label).mean(1) for label in range(len(train.classes))], axis=1)
