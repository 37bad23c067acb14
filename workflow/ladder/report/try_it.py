"""The section of the report in which the reader draws an image and the models classify this image."""

import json
from collections.abc import Iterable
from pathlib import Path

from ladder.report.classes import MANY
from ladder.report.names import shown

FOLDER = Path(__file__).resolve().parent
# MNIST's digits fill a box of 20x20 pixels in an image of 28x28 (LeCun, Cortes and Burges, "The MNIST database").
BOX, IMAGE = 20, 28
TOLD = 12  # most classes that a sentence names
BEST = 10  # rows if there are many classes: the classes with the highest scores
LETTERS = 14  # letters of a class's name on one line
DRAWING, PREVIEW = 280, 112  # pixels of the longer side of the canvas and of the preview


def context(models: list[str], canvas: str, failed: Iterable[dict] = ()) -> dict | None:
    """Return the section's variables for the template; None if no model was exported, since there is no section then.

    models  the file that `export` wrote, or an empty list
    canvas  how a drawing becomes an image: `whole` or `mnist`
    failed  the failures of the ladder's variants, the result of failures.read
    """
    exported = json.loads(Path(models[0]).read_text(encoding="utf-8")) if models else {"models": []}
    if not exported["models"]:
        return None
    height, width = exported["shape"]
    untrained = {row["variant"] for row in failed if row["seed"] == exported["seed"]}
    classes = list(shown(exported["classes"]).values())
    # A class may have any name. Only a "<" could end the script element that holds the names, so "<" is escaped below.
    embedded = json.dumps(exported | {"classes": classes}, ensure_ascii=False, separators=(",", ":"))
    return {
        "models": exported["models"],
        "too_large": [name for name in exported["left_out"] if name not in untrained],
        "untrained": [name for name in exported["left_out"] if name in untrained],
        "told": classes if len(classes) <= TOLD else [],
        "classes": len(classes),
        "rows": classes if len(classes) <= MANY else [None] * BEST,
        "letters": min(LETTERS, max(map(len, classes))),
        "seed": exported["seed"],
        "image": f"{width}×{height}",
        "canvas": canvas,
        "drawing": _sides(DRAWING, width, height),
        "preview": _sides(PREVIEW, width, height),
        "box": f"{BOX / IMAGE * width:.3g}×{BOX / IMAGE * height:.3g}",
        "as_mnist": height == width == IMAGE,
        "json": embedded.replace("<", "\\u003c"),
        "style": (FOLDER / "try_it.css").read_text(encoding="utf-8"),
        "script": (FOLDER / "try_it.js").read_text(encoding="utf-8"),
    }


def _sides(longer: int, width: int, height: int) -> tuple[int, int]:
    """Return the sides of a rectangle with an image's proportions, whose longer side is `longer`."""
    return tuple(max(1, round(longer * side / max(width, height))) for side in (width, height))
