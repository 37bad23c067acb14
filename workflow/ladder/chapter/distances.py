"""Distances of an image to the mean image of each class, by formulas and by PyTorch's functions."""

import numpy as np
import torch
import torch.nn.functional as F

from ladder.images.means import l1, l2


def distances(image: np.ndarray, means: np.ndarray, classes: list[str]) -> list[dict]:
    """Return one row per class: `l1` and `rmse` by the baselines' formulas, `l1_loss` and `root_mse_loss` by PyTorch.

    image  [...] pixels in 0..1
    means  [classes, ...] mean image of each class
    """
    image, means = image.astype(np.float64), means.astype(np.float64)
    rows = []
    for name, mean in zip(classes, means, strict=True):
        a, b = torch.from_numpy(image), torch.from_numpy(mean)
        rows.append(
            {
                "class": name,
                "l1": float(l1(image[None], mean)[0]),
                "l1_loss": F.l1_loss(a, b).item(),
                "rmse": float(l2(image[None], mean)[0]),
                "root_mse_loss": F.mse_loss(a, b).sqrt().item(),
            }
        )
    return rows


def largest_difference(rows: list[dict]) -> float:
    """Return the largest difference of a formula to PyTorch's function: rounding, as sums are in different orders."""
    pairs = (("l1", "l1_loss"), ("rmse", "root_mse_loss"))
    return max(abs(row[ours] - row[theirs]) for row in rows for ours, theirs in pairs)
