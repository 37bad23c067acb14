"""Figure: some training images of each class."""

import numpy as np
from matplotlib.figure import Figure

from ladder.presentation.artifacts import Images
from ladder.presentation.lettering import Names
from ladder.presentation.sheet import LINE, Sheet, as_ink, evenly, sentence_on_choice
from ladder.presentation.style import WIDTH

TITLE = "Samples"
SECTION = "data"
MOST = 100  # most classes that are shown
# (classes at most, classes side by side, images of a class, inches of an image)
LAYOUTS = ((12, 1, 14, 0.6), (30, 2, 6, 0.6), (MOST, 4, 3, 0.45))
LARGE = 32  # pixels of the longer side: if images are larger, a class has fewer samples
GAP = 0.04  # inches between images
SIZE = 8  # points of a name


def draw(train: Images) -> Figure:
    """Draw one row per class, with different images at equal distances through the class.

    If there are many classes, several stand side by side. If there are more than 100 classes, 100 are chosen.
    """
    classes = evenly(len(train.classes), MOST)
    names = Names(train.classes)
    shape = train[0].shape
    _, beside, most, slot = next(layout for layout in LAYOUTS if len(classes) <= layout[0])
    if max(shape[:2]) > LARGE:
        most = -(-most * 4 // 7)
    wide = WIDTH / beside
    room = min(names.width(SIZE, classes) + 0.12, wide / 3)
    sheet = Sheet(shape, most * len(classes), slot)
    images = min(most, int((wide - room) / (sheet.size[0] + GAP)))
    lines = max(1, int(sheet.size[1] / (SIZE * LINE / 72)))
    rows = -(-len(classes) // beside)
    choice = sentence_on_choice(len(classes), len(train.classes))
    down = max(sheet.size[1], SIZE * LINE / 72) + GAP
    height = rows * down + GAP
    sheet.draw(height + 0.2 * bool(choice or sheet.sentence_on_size))
    for place, (label, written) in enumerate(zip(classes, names.fitted(room - 0.1, SIZE, lines, classes), strict=True)):
        column, row = divmod(place, rows)
        left, top = column * wide, GAP + row * down
        names.put(
            sheet.text(left + room - 0.06, top + sheet.size[1] / 2, ha="right", va="center", fontsize=SIZE),
            label,
            written,
        )
        members = np.flatnonzero(train.labels == label)
        for number, member in enumerate(evenly(len(members), images)):
            sheet.put(as_ink(train[int(members[member])]), left + room + number * (sheet.size[0] + GAP), top)
    return sheet.finished(choice)
