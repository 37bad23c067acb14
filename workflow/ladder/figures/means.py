"""Figure: the mean image of each class. Pixel similarity compares an image with these means."""

import numpy as np
from matplotlib.figure import Figure

from ladder.presentation.artifacts import Images, Means
from ladder.presentation.lettering import Names
from ladder.presentation.sheet import Sheet, as_ink, evenly, height_of, sentence_on_choice, signed
from ladder.presentation.style import WIDTH

TITLE = "Mean images"
SECTION = "data"
MOST = 100  # most classes that are shown
COLUMNS = 10
LINES = 2  # most lines of a name above its image
SIZE = 8  # points of a name


def draw(means: Means, train: Images) -> Figure:
    """Draw one mean image per class. For two classes also draw their difference, red where the first is larger."""
    classes = evenly(len(train.classes), MOST)
    names = Names(train.classes)
    images = [(255 * means[label]).round().astype(np.uint8) for label in classes]
    two = len(train.classes) == 2
    columns = 3 if two else min(COLUMNS, len(classes))
    pitch = 1.7 if two else WIDTH / COLUMNS
    fitted = names.fitted(pitch - 0.08, SIZE, LINES, classes)
    titles = [[(label, written, "")] for label, written in zip(classes, fitted, strict=True)]
    if two:
        titles.append(names.phrase(0, "minus", 1, pitch - 0.08, SIZE))
    above = 0.07 + max(height_of(parts, SIZE) for parts in titles)
    sheet = Sheet(images[0].shape, len(titles), pitch - 0.2)
    down = above + sheet.size[1] + 0.12
    choice = sentence_on_choice(len(classes), len(train.classes))
    sheet.draw(-(-len(titles) // columns) * down + 0.2 * bool(choice or sheet.sentence_on_size), width=columns * pitch)
    pictures = [as_ink(image) for image in images]
    if two:
        change = means[0] - means[1]
        pictures.append(signed(change if change.ndim == 2 else change.mean(axis=2), 1.0))
    for place, (picture, parts) in enumerate(zip(pictures, titles, strict=True)):
        row, column = divmod(place, columns)
        sheet.write_above(names, *sheet.put(picture, 0.06 + column * pitch, row * down + above), parts, SIZE)
    return sheet.finished(choice)
