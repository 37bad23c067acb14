"""The page's gallery of mistakes: tiles, each with an image as a data address, a label and lines of text."""

import pandas as pd

from ladder.presentation.artifacts import Images, load
from ladder.report.names import isolated, shortened, shown, visible
from ladder.report.pictures import THUMBNAIL, thumbnail

TILES = 10  # most tiles per rung
HARD = 20  # tiles of hard images
ALL = 200  # most tiles of all rungs, so that the page of many rungs is no larger than the page of twenty
PATH = 80  # characters shown of a path
SIDE = 56  # pixels of an image's longer side on the screen


def gallery(mistakes: str, hard: str, valid: str, rungs: list[str]) -> dict:
    """Return the tiles of the page: `rungs` maps a rung to its worst mistakes, `hard` has the hardest images.

    `every` is the number of images that every seed of every rung gets wrong, `total` the number of all images.
    `example` has the names of the first two classes. `reduced` is the side of thumbnails in pixels, or None if images
    are not reduced.

    mistakes, hard  files of the tables of evaluate
    valid           tensor file of the validation images
    """
    images = load("valid", [valid])
    names = shown(images.classes)
    worst, hardest = load("mistakes", [mistakes]), load("hard", [hard])
    each = max(1, min(TILES, ALL // len(rungs)))
    return {
        "rungs": {
            rung: [_mistake(row, images, names) for row in _rows(worst[worst["variant"] == rung], each)]
            for rung in rungs
        },
        "hard": [_hard(row, images, names) for row in _rows(hardest, HARD)],
        "every": int(hardest["every_run_wrong"].sum()),
        "total": len(images.labels),
        "example": list(names.values())[:2],
        "reduced": THUMBNAIL if max(images[0].shape[:2]) > THUMBNAIL else None,
    }


def _rows(table: pd.DataFrame, count: int) -> list[dict]:
    return table.head(count).to_dict("records")


def _tile(row: dict, images: Images, label: str, lines: list[str]) -> dict:
    """Return a tile; the names in its `label` and `lines` are isolated (see names.isolated)."""
    image = images[row["image"]]
    height, width = image.shape[:2]
    size = [max(1, round(SIDE * side / max(height, width))) for side in (width, height)]
    path = isolated(shortened(visible(row["path"]), PATH))
    return {"address": thumbnail(image), "size": size, "label": label, "lines": [path, *lines]}


def _mistake(row: dict, images: Images, names: dict[str, str]) -> dict:
    own, predicted = (isolated(names[row[key]]) for key in ("class", "predicted"))
    return _tile(
        row,
        images,
        f"{own} as {predicted}",
        [
            f"class {own}, taken for {predicted}",
            f"scores: {own} {row['score']:.4f}, {predicted} {row['predicted_score']:.4f}",
            f"wrong for {row['wrong']} of {row['seeds']} seeds" if row["seeds"] > 1 else "",
        ],
    )


def _hard(row: dict, images: Images, names: dict[str, str]) -> dict:
    own = isolated(names[row["class"]])
    return _tile(row, images, own, [f"class {own}", f"wrong for {row['rungs_wrong']:.1f} of {row['rungs']} rungs"])
