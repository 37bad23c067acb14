"""Pictures of mistakes for the page: each image once as a data address, with what is to be said of it."""

import base64
import io

import numpy as np
import pandas as pd
from PIL import Image

from ladder.artifacts import Images, load

TILES = 10  # a rung


def gallery(mistakes: str, hard: str, valid: str, rungs: list[str]) -> dict:
    """Tiles of the page: `rungs`, rung to its worst mistakes, and `hard`, the images that most rungs get wrong.

    `every` is the number of images that every seed of every rung gets wrong, of `total`.
    mistakes, hard  tables of evaluate; valid  tensor file of the validation images
    """
    images = load("valid", [valid])
    worst, hardest = load("mistakes", [mistakes]), load("hard", [hard])
    return {
        "rungs": {
            rung: [_mistake(row, images) for row in _rows(worst[worst["variant"] == rung])[:TILES]] for rung in rungs
        },
        "hard": [_hard(row, images) for row in _rows(hardest)[: 2 * TILES]],
        "every": int(hardest["every_run_wrong"].sum()),
        "total": len(images.labels),
    }


def data_address(image: np.ndarray) -> str:
    """An image, uint8 [height, width] or [height, width, 3], as a PNG in a data address; grey as ink on paper."""
    pixels = 255 - image if image.ndim == 2 else image
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


def _rows(table: pd.DataFrame) -> list[dict]:
    return table.to_dict("records")


def _mistake(row: dict, images: Images) -> dict:
    return {
        "address": data_address(images[row["image"]]),
        "label": f"{row['class']} as {row['predicted']}",
        "lines": [
            row["path"],
            f"a {row['class']}, taken for {row['predicted']}",
            f"scores: {row['class']} {row['score']:.4f}, {row['predicted']} {row['predicted_score']:.4f}",
            f"wrong for {row['wrong']} of {row['seeds']} seeds" if row["seeds"] > 1 else "",
        ],
    }


def _hard(row: dict, images: Images) -> dict:
    return {
        "address": data_address(images[row["image"]]),
        "label": row["class"],
        "lines": [row["path"], f"a {row['class']}", f"wrong for {row['rungs_wrong']:.1f} of {row['rungs']} rungs"],
    }
