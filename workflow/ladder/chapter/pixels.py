"""What a computer sees: the numbers of one image."""

import numpy as np

ROWS, COLUMNS = (4, 15), (4, 22)  # fastai's book shows these of a 28x28 image: a[4:15, 4:22]


def grey(image: np.ndarray) -> np.ndarray:
    """An image uint8 [height, width] as it is; of [channels, height, width] the mean over channels, rounded."""
    return image if image.ndim == 2 else image.mean(axis=0).round().astype(np.uint8)


def window(size: int, first: int, last: int) -> range:
    """`first` up to before `last`; in an image of fewer pixels moved towards its start, and cut where it has to be."""
    moved = max(0, min(first, size - (last - first)))
    return range(moved, min(size, moved + last - first))


def rows_of(image: np.ndarray) -> list[dict]:
    """The window of a grey image [height, width] as rows of a table: `row`, and a value for each column's number."""
    columns = window(image.shape[1], *COLUMNS)
    return [
        {"row": row} | {str(column): int(image[row, column]) for column in columns}
        for row in window(image.shape[0], *ROWS)
    ]
