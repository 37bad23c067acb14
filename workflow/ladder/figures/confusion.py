"""Figure: a confusion matrix of each rung."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ladder.presentation.artifacts import Images, confusions
from ladder.presentation.lettering import RUNG, Names
from ladder.presentation.style import INK, MUTED, WIDTH, plain_figure, words_alone

TITLE = "Confusion matrices"
SECTION = "mistakes"
MANY = 4  # from this number of classes on, only the mistakes are written into the cells
WHOLE = 30  # up to this number of classes, the matrix is shown whole
MOST = 15  # classes that a larger matrix shows
PANELS = 1300  # rungs times classes, above which no matrix is shown whole
# Most numbers and letters of a figure: each takes a hundred bytes of the page.
NUMBERS, LETTERS = 1200, 12_000
SHORTEST, LONGEST, LETTER = 0.35, 1.0, 0.055  # inches of a class's name, and of a letter
MARGIN, TITLES, GAP = 0.3, 0.3, 0.1  # inches at the figure's edges, above a matrix, and beside it
SIZE = 7  # most points of a class's name


def draw(confusion: pd.DataFrame, valid: Images) -> Figure:
    """Draw one matrix per rung: images of a class (rows) by predicted class (columns), the mean over seeds.

    The colour is the share of a class's images. If there are more than 30 classes, or very many rungs, each matrix has
    the 15 classes that its rung confuses most, in the order of the classes.
    """
    names = Names(valid.classes)
    matrices = confusions(confusion, valid.classes)
    if not matrices:
        return words_alone("No rung of this study has a result.")
    rungs = Names(list(matrices), RUNG)
    form = Form.of(names, len(rungs))
    figure, place_axes = _prepared(len(rungs), form)
    fitted = rungs.fitted(form.side, 8)
    for place, counts in enumerate(matrices.values()):
        panel = place_axes(place)
        classes = most_confused(counts, form.shown)
        _draw_matrix(panel, counts, classes, form, most=max(1, NUMBERS // len(rungs)))
        written = names.fitted(form.room - 0.1, form.size, 1, classes)
        names.ticks(panel.xaxis, classes, written, rotation=0 if form.lying else 90)
        if form.whole and place % form.columns:
            panel.set_yticks([])
        else:
            names.ticks(panel.yaxis, classes, written)
        panel.tick_params(length=0, labelsize=form.size)
        panel.grid(visible=False)
        rungs.put(panel.set_title("", fontsize=8), place, fitted[place])
    width, height = figure.get_size_inches()
    figure.text(0.5, 0.05 / height, "predicted", fontsize=9, ha="center", va="bottom")
    figure.text(0.05 / width, 0.5, "class", fontsize=9, rotation=90, va="center")
    if not form.whole:
        words = (
            f"Each rung's {form.shown} most confused classes of {len(names):,}; predictions of other classes are not "
            "shown."
        )
        figure.text(MARGIN / width, 1 - 0.06 / height, words, fontsize=8, color=MUTED, va="top")
    return figure


@dataclass(frozen=True)
class Form:
    """The form of all matrices of a figure; lengths are in inches, `size` is in points.

    many     whether only mistakes are written into the cells
    whole    whether all classes are shown
    shown    number of classes that a matrix shows
    columns  most matrices side by side
    room     length for the longest name of a class
    left     width beside a matrix, for the names of its rows
    margin   width at the figure's left edge
    side     side of a matrix
    size     size of the letters of a class's name
    lying    whether the names below a matrix are horizontal
    """

    many: bool
    whole: bool
    shown: int
    columns: int
    room: float
    left: float
    margin: float
    side: float
    size: float
    lying: bool

    @classmethod
    def of(cls, names: Names, rungs: int) -> "Form":
        """Return the form of the matrices of a number of rungs."""
        many = len(names) >= MANY
        whole = len(names) <= WHOLE and len(names) * rungs <= PANELS
        shown = len(names) if whole else min(MOST, len(names))
        columns = 6 if not many else 3 if shown <= MOST else 2
        # Matrices side by side share the names of their rows, unless each rung shows other classes.
        labels = shown * rungs * (1 + 1 / columns if whole else 2)
        room = min(names.width(SIZE), max(SHORTEST, min(LONGEST, LETTERS / labels * LETTER))) + 0.1
        left, margin = (0, MARGIN + room) if whole else (room, MARGIN)
        side = (WIDTH - margin) / columns - left - GAP
        size = min(SIZE, 72 * side / shown)
        lying = names.width(size) <= side / shown - 0.03
        return cls(many, whole, shown, columns, room, left, margin, side, size, lying)


def most_confused(counts: np.ndarray, most: int) -> list[int]:
    """Return the `most` classes in the most frequent confusions, in the order of the classes."""
    if len(counts) <= most:
        return list(range(len(counts)))
    wrong = counts * (1 - np.eye(len(counts)))
    both = np.triu(wrong + wrong.T)
    chosen: dict[int, None] = {}
    for pair in np.argsort(-both, axis=None, kind="stable")[: most * most]:
        chosen |= dict.fromkeys(map(int, divmod(int(pair), len(counts))))
        if len(chosen) >= most:
            break
    return sorted(list(chosen)[:most])


def _prepared(count: int, form: Form) -> tuple[Figure, Callable[[int], Axes]]:
    """Return a figure for `count` matrices, and a function that adds the square axes of the matrix at a place.

    The sizes are computed here, since matplotlib's own layout measures all labels again and again.
    """
    columns = min(count, form.columns)
    above = 0.2 * (not form.whole)
    across, down = form.left + form.side + GAP, TITLES + form.side + (0.2 if form.lying else form.room)
    width, height = form.margin + columns * across, above + -(-count // columns) * down + MARGIN
    figure = plain_figure(width, height)

    def place_axes(place: int) -> Axes:
        row, column = divmod(place, columns)
        x, y = form.margin + column * across + form.left, above + row * down + TITLES
        return figure.add_axes((x / width, 1 - (y + form.side) / height, form.side / width, form.side / height))

    return figure, place_axes


def _draw_matrix(panel: Axes, counts: np.ndarray, classes: list[int], form: Form, most: int) -> None:
    """Colour the cells, and write the `most` highest numbers into them."""
    fontsize = min(5.5 if form.many else 8, 72 * form.side / form.shown / 2)
    totals = np.maximum(counts.sum(axis=1, keepdims=True), 1e-9)
    shares = (counts / totals)[np.ix_(classes, classes)]
    counts = counts[np.ix_(classes, classes)]
    panel.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    written = counts.copy()
    if form.many:
        np.fill_diagonal(written, 0)
        written[written < 0.05] = 0
    cells = np.argsort(-written, axis=None, kind="stable")[:most]
    for i, j in sorted(divmod(int(cell), len(classes)) for cell in cells):
        if form.many and not written[i, j]:
            continue
        colour = "white" if shares[i, j] > 0.5 else INK
        panel.text(j, i, f"{round(counts[i, j], 1):g}", ha="center", va="center", color=colour, fontsize=fontsize)
