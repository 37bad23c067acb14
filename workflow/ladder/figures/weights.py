"""Figure: the weights of the linear models as pictures, one weight per pixel."""

import math
from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from ladder.presentation.artifacts import Images, Weights
from ladder.presentation.lettering import RUNG, Names
from ladder.presentation.sheet import Sheet, evenly, height_of, sentence_on_choice, signed, thumbnail
from ladder.presentation.style import WIDTH, words_alone

TITLE = "Linear weights"
SECTION = "training"
MOST = 100  # most classes that are shown
ROWS = 48  # most rows of pictures
# (classes at most, pictures side by side); with more than 26 classes, as many pictures as fit.
SLOTS = ((10, 10), (26, 13), (math.inf, 17))
SIZE = 7  # points of a name
GAP = 0.06  # inches between pictures
LONGEST, HIGHEST = 1.5, 1.0  # inches of a name beside the pictures, and of an upright name above them


def draw(weights: list[Weights], valid: Images) -> Figure:
    """Draw the weights of each linear variant's first seed, one picture per output: red is for the class, blue against.

    Variants are rows and classes are columns. For two classes a variant has one picture, in which red is for the first
    class. Weights of colour images are summed over the channels. Without a linear variant the figure says so.
    """
    shape = valid[0].shape
    inputs = math.prod(shape)
    linear = [
        (block, *matrix)
        for block in _first_blocks(weights)
        if (matrix := block.linear(inputs, len(valid.classes))) is not None
    ]
    if not linear:
        return words_alone("This ladder has no linear model that was trained.")

    def picture(block: Weights, matrix: str, output: int) -> np.ndarray:
        channels = block.row(matrix, output).reshape(-1, *shape[:2])
        return channels.sum(axis=0)

    rungs = Names([block.variant for block, *_ in linear], RUNG)
    if all(outputs == 1 for *_, outputs in linear):
        return _draw_in_a_row(rungs, [picture(block, matrix, 0) for block, matrix, _ in linear])
    return _draw_by_class(rungs, linear, picture, Names(valid.classes), shape[:2])


def _draw_in_a_row(rungs: Names, pictures: list[np.ndarray]) -> Figure:
    """Draw one picture per variant, with its name above."""
    columns = 7
    pitch = WIDTH / columns
    sheet = Sheet(pictures[0].shape, len(pictures), pitch - 0.12)
    fitted = rungs.fitted(pitch - 0.06, SIZE, 2)
    titles = [[(place, written, "")] for place, written in enumerate(fitted)]
    above = 0.07 + max(height_of(parts, SIZE) for parts in titles)
    down = above + sheet.size[1] + GAP
    rows = -(-len(pictures) // columns)
    sheet.draw(rows * down + 0.2 * sheet.reduced, width=pitch * min(columns, len(pictures)))
    for place, (picture, parts) in enumerate(zip(pictures, titles, strict=True)):
        row, column = divmod(place, columns)
        corner = sheet.put(_coloured(picture, sheet.pixels), 0.03 + column * pitch, above + row * down)
        sheet.write_above(rungs, *corner, parts, SIZE)
    return sheet.finished()


def _draw_by_class(rungs: Names, linear: list, picture: Callable, names: Names, shape: tuple[int, int]) -> Figure:
    """Draw one row per variant and one column per class; classes that do not fit side by side stand in blocks below."""
    room = min(rungs.width(SIZE) + 0.14, LONGEST)
    slot = next((WIDTH - room) / columns for most, columns in SLOTS if len(names) <= most) - GAP
    sheet = Sheet(shape, len(linear) * min(len(names), MOST), slot)
    pitch = sheet.size[0] + GAP if len(names) > SLOTS[-2][0] else slot + GAP
    across = max(1, round((WIDTH - room) / pitch - 0.49))
    blocks = max(1, min(math.ceil(MOST / across), ROWS // len(rungs)))
    classes = evenly(len(names), min(MOST, blocks * across))
    blocks = -(-len(classes) // across)
    fitted, turned = names.beside(pitch - GAP, 2, HIGHEST, SIZE, classes)
    above = 0.1 + (
        max(names.width_of(text, SIZE) for text in fitted)
        if turned
        else max(height_of([(0, text, "")], SIZE) for text in fitted)
    )
    down = sheet.size[1] + GAP
    choice = sentence_on_choice(len(classes), len(names))
    sheet.draw(blocks * (above + len(linear) * down) + 0.2 * bool(choice or sheet.reduced))
    look = {"ha": "center"} | ({"rotation": 90, "va": "bottom"} if turned else {"va": "baseline"})
    beside = rungs.fitted(room - 0.1, SIZE, 2)
    for place, (label, written) in enumerate(zip(classes, fitted, strict=True)):
        block, column = divmod(place, across)
        top = above + block * (above + len(linear) * down)
        left = room + column * pitch
        middle = left + sheet.size[0] / 2
        names.put(sheet.text(middle, top - 0.04, fontsize=SIZE, **look), label, written)
        for line, (weights, matrix, outputs) in enumerate(linear):
            if label < outputs:
                sheet.put(_coloured(picture(weights, matrix, label), sheet.pixels), left, top + line * down)
            if column == 0:
                middle = top + line * down + sheet.size[1] / 2
                rungs.put(sheet.text(room - 0.06, middle, ha="right", va="center", fontsize=SIZE), line, beside[line])
    return sheet.finished(choice)


def _coloured(picture: np.ndarray, pixels: tuple[int, int]) -> np.ndarray:
    # The picture is reduced before it is coloured, so that the reduction adds no colours.
    numbers = thumbnail(np.nan_to_num(picture, posinf=0, neginf=0), pixels)
    return signed(numbers, np.quantile(np.abs(numbers), 0.99) or 1.0)


def _first_blocks(weights: list[Weights]) -> list[Weights]:
    """Return the first block with a trained seed of each variant."""
    first: dict[str, Weights] = {}
    for block in weights:
        if block.trained:
            first.setdefault(block.variant, block)
    return list(first.values())
