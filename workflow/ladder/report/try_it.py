"""The section of the report in which its reader draws an image and the models classify it."""

import json
from collections.abc import Iterable
from pathlib import Path

from ladder.report.classes import MANY
from ladder.report.names import shown

FOLDER = Path(__file__).resolve().parent
# MNIST's digits fill a box of 20x20 pixels in an image of 28x28 (LeCun, Cortes and Burges, "The MNIST database").
BOX, IMAGE = 20, 28
TOLD = 12  # classes that a sentence names
BEST = 10  # of many classes, those with the highest scores have a row
LETTERS = 14  # of a class's name on one line
DRAWING, PREVIEW = 280, 112  # pixels of the longer side


def context(models: list[str], canvas: str, failed: Iterable[dict] = ()) -> dict | None:
    """What fills the section; None, and so no section, where no model was exported.

    models  the file that `export` wrote, or nothing
    canvas  how a drawing becomes an image: `whole` or `mnist`
    failed  the failures of the ladder's variants, as failures.read gives them
    """
    exported = json.loads(Path(models[0]).read_text(encoding="utf-8")) if models else {"models": []}
    if not exported["models"]:
        return None
    height, width = exported["shape"]
    untrained = {row["variant"] for row in failed if row["seed"] == exported["seed"]}
    classes = list(shown(exported["classes"]).values())
    # A class may be named anything, but inside a script element only "<" can end it.
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
    """Width and height in the proportions of an image, the longer side as given."""
    return tuple(max(1, round(longer * side / max(width, height))) for side in (width, height))
