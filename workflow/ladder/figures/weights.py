"""The weights of the linear models as pictures: one weight a pixel."""

import numpy as np
from matplotlib.figure import Figure

from ladder.artifacts import Images, Weights
from ladder.plotting import panels, show_image

TITLE = "Linear weights"
SECTION = "training"


def draw(weights: list[Weights], valid: Images) -> Figure:
    """Each linear variant's weights of its first seed, one picture an output; red speaks for the class, blue against.

    Weights of colour images are summed over the channels. Without a linear variant that was trained the figure says so.
    """
    shape = valid[0].shape[:2]
    pictures = [
        (f"{block.variant}" if len(matrix) == 1 else f"{block.variant}: {name}", row.reshape(-1, *shape).sum(axis=0))
        for block in _first_blocks(weights)
        if (matrix := _linear_weights(block, int(np.prod(shape)))) is not None
        for name, row in zip(valid.classes, matrix)
    ]
    if not pictures:
        figure = Figure(figsize=(4, 0.6))
        figure.text(0.5, 0.5, "no linear variant of this ladder was trained", ha="center", va="center")
        return figure
    many = len(valid.classes) > 2
    figure, axes = panels(len(pictures), columns=10 if many else 7, height=1.15 if many else 1.55)
    for panel, (title, picture) in zip(axes, pictures, strict=True):
        limit = np.quantile(np.abs(picture), 0.99) or 1.0
        show_image(panel, picture, cmap="RdBu_r", vmin=-limit, vmax=limit)
        panel.set_title(title, fontsize=5 if many else 7)
    return figure


def _first_blocks(weights: list[Weights]) -> list[Weights]:
    """Of each variant the first block of which a seed was trained."""
    first: dict[str, Weights] = {}
    for block in weights:
        if block.trained:
            first.setdefault(block.variant, block)
    return list(first.values())


def _linear_weights(block: Weights, pixels: int) -> np.ndarray | None:
    """[outputs, pixels * channels] of the first seed, if all that the variant has is a matrix and a bias."""
    arrays = block.of_first_seed()
    matrices = [array for array in arrays if array.ndim == 2 and not max(array.shape) % pixels]
    if len(arrays) != 2 or len(matrices) != 1:
        return None
    return matrices[0] if matrices[0].shape[1] % pixels == 0 else matrices[0].T
