"""The section of the report in which its reader draws a digit and the models classify it."""

import json
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
# MNIST's digits fill a box of 20x20 pixels in an image of 28x28 (LeCun, Cortes and Burges, "The MNIST database").
BOX, IMAGE = 20, 28


def context(models: list[str], failed: Iterable[dict] = ()) -> dict | None:
    """What fills the section; None, and so no section, where no model was exported.

    models  the file that `export` wrote, or nothing
    failed  the failures of the ladder's variants, as failures.read gives them
    """
    exported = json.loads(Path(models[0]).read_text(encoding="utf-8")) if models else {"models": []}
    if not exported["models"]:
        return None
    height, width = exported["shape"]
    untrained = {row["variant"] for row in failed if row["seed"] == exported["seed"]}
    # A class may be named anything, but inside a script element only "<" can end it.
    embedded = json.dumps(exported, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return {
        "models": exported["models"],
        "too_large": [name for name in exported["left_out"] if name not in untrained],
        "untrained": [name for name in exported["left_out"] if name in untrained],
        "classes": exported["classes"],
        "seed": exported["seed"],
        "image": f"{width}×{height}",
        "box": f"{BOX / IMAGE * width:.3g}×{BOX / IMAGE * height:.3g}",
        "as_mnist": height == width == IMAGE,
        "json": embedded,
        "style": (FOLDER / "try_it.css").read_text(encoding="utf-8"),
        "script": (FOLDER / "try_it.js").read_text(encoding="utf-8"),
    }
