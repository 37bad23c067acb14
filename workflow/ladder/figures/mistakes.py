"""Figure: the worst mistakes of each rung."""

import pandas as pd
from matplotlib.figure import Figure

from ladder.presentation.artifacts import Images
from ladder.presentation.lettering import RUNG, Names
from ladder.presentation.sheet import Sheet, as_ink, height_of
from ladder.presentation.style import MUTED, WIDTH

TITLE = "Worst mistakes"
SECTION = "mistakes"
PAGE = False  # the page has a gallery instead, whose images have tooltips
COLUMNS = 10
SIZE = 7  # points of a name
LONGEST = 1.5  # inches of a rung's name


def draw(mistakes: pd.DataFrame, summary: pd.DataFrame, valid: Images) -> Figure:
    """Draw one row per rung: its worst images by mean loss, each with its class and its predicted class."""
    means = summary[summary["metric"] == "accuracy"].groupby("variant", sort=False)["mean"].last()
    rungs, names = Names(list(means.index), RUNG), Names(valid.classes)
    places = {name: place for place, name in enumerate(valid.classes)}
    room = min(rungs.width(SIZE) + 0.14, LONGEST)
    pitch = (WIDTH - room) / COLUMNS
    rows = {rung: mistakes[mistakes["variant"] == rung].head(COLUMNS).to_dict("records") for rung in means.index}
    phrases = {
        (rung, number): names.phrase(places[row["class"]], "as", places[row["predicted"]], pitch - 0.06, SIZE)
        for rung, of_rung in rows.items()
        for number, row in enumerate(of_rung)
    }
    above = 0.12 + max((height_of(parts, SIZE) for parts in phrases.values()), default=0.1)
    sheet = Sheet(valid[0].shape, max(1, len(phrases)), min(0.68, pitch - 0.06))
    down = above + sheet.size[1]
    sheet.draw(len(means) * down + 0.1 + 0.2 * sheet.reduced)
    fitted = rungs.fitted(room - 0.1, SIZE, 3)
    for line, (rung, mean) in enumerate(means.items()):
        top = above + line * down
        middle = top + sheet.size[1] / 2
        rungs.put(sheet.text(room - 0.06, middle, ha="right", va="center", fontsize=SIZE), line, fitted[line])
        for number, row in enumerate(rows[rung]):
            x, y = sheet.put(as_ink(valid[row["image"]]), room + number * pitch, top)
            sheet.write_above(names, x, y, phrases[rung, number], SIZE)
        if not rows[rung]:
            words = "no mistake" if mean == mean else "no result"
            sheet.text(room, middle, words, color=MUTED, va="center", fontsize=9)
    return sheet.finished()
