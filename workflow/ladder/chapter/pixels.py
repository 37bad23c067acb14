"""The pixels of one image as numbers."""

import numpy as np

from ladder.formats.tables import Columns

ROWS, COLUMNS = (4, 15), (4, 22)  # the window of a 28x28 image that fastai's book shows: a[4:15, 4:22]


def grey(image: np.ndarray) -> np.ndarray:
    """Return a grey image uint8 [height, width]; an image [channels, height, width] becomes its rounded mean."""
    return image if image.ndim == 2 else image.mean(axis=0).round().astype(np.uint8)


def window(size: int, first: int, last: int) -> range:
    """Return the range from `first` to before `last`, moved to the start and cut if an image has too few pixels."""
    moved = max(0, min(first, size - (last - first)))
    return range(moved, min(size, moved + last - first))


def columns_of(image: np.ndarray) -> Columns:
    """Return the columns of the table `pixels`: the `row`, and each column of the window by its number."""
    return {"row": "int64"} | {str(column): "int64" for column in window(image.shape[1], *COLUMNS)}


def rows_of(image: np.ndarray) -> list[dict]:
    """Return the window of a grey image [height, width] as the rows of the table `pixels`."""
    columns = window(image.shape[1], *COLUMNS)
    return [
        {"row": row} | {str(column): int(image[row, column]) for column in columns}
        for row in window(image.shape[0], *ROWS)
    ]
