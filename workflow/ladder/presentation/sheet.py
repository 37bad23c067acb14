"""Sheets of small images, placed in inches on one axes: one array holds all images and is drawn at once.

An axes for each image would take most of a figure's time, and more memory than the images.
"""

import math

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from ladder.presentation.lettering import Names
from ladder.presentation.style import DPI, INK, MUTED, THUMBNAILS, WIDTH, plain_figure

SIDE = 64  # pixels of an image's longer side: larger images are reduced, since a reader sees no more pixels
LEAST = 8  # pixels of the longer side that a reduced image keeps
LINE = 1.25  # distance of lines, in heights of a letter
BYTES = 600_000  # most bytes of a sheet's pixels, since the page holds several sheets
# 201 colours and white paper fit into the palette of a PNG, which has 256 colours.
RED_BLUE = matplotlib.colormaps["RdBu_r"].resampled(201)


class Sheet:
    """A figure of small images of the same shape.

    size    (width, height) in inches of an image in the figure
    pixels  (height, width) of an image in the figure's file; reduced if the images are large or many
    """

    def __init__(self, shape: tuple[int, ...], count: int, inches: float) -> None:
        """Prepare for `count` images of this shape, each within a square of `inches`.

        shape  [height, width] or [height, width, 3]
        """
        self._own = shape[:2]
        longer = max(self._own)
        limit = max(LEAST, min(SIDE, math.isqrt(BYTES // (max(count, 1) * (3 if len(shape) == 3 else 1)))))
        self.reduced = longer > limit
        self._repeats = 1
        if self.reduced:
            self.pixels = tuple(max(1, round(side * limit / longer)) for side in self._own)
            self._inch = limit / inches
        else:
            # Each pixel takes the same whole number of dots in the PNG, so that all pixels look alike. A large pixel
            # takes several pixels of the sheet, which makes the sheet fine enough for narrow gaps.
            self.pixels = self._own
            dots = max(1, math.floor(inches * DPI / longer))
            if dots > 3:
                self._repeats = dots // 2
                dots = 2
            self._inch = DPI / dots
        rows, columns = (side * self._repeats for side in self.pixels)
        self.size = (columns / self._inch, rows / self._inch)

    def draw(self, height: float, width: float = WIDTH) -> None:
        """Make a figure of `height` and `width` inches. Call this method before images and words are put on it."""
        self.figure = plain_figure(width, height)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()
        rows, columns = math.ceil(height * self._inch), math.ceil(width * self._inch)
        self._array = np.full((rows, columns, 3), 255, np.uint8)
        extent = (0, columns / self._inch, rows / self._inch, 0)
        # Interpolation `none` keeps the array unchanged in the SVG; other interpolations resample it at 100 dots per
        # inch.
        self._image = self.axes.imshow(self._array, extent=extent, interpolation="none", aspect="auto")
        if self.reduced:
            self._image.set_gid(THUMBNAILS)
        self.axes.set(xlim=(0, width), ylim=(height, 0))

    def put(self, image: np.ndarray, x: float, y: float) -> tuple[float, float]:
        """Put an RGB image, uint8 [height, width, 3], near (x, y); return its upper left corner in inches."""
        image = thumbnail(image, self.pixels)
        image = image.repeat(self._repeats, axis=0).repeat(self._repeats, axis=1)
        row, column = round(y * self._inch), round(x * self._inch)
        self._array[row : row + image.shape[0], column : column + image.shape[1]] = image
        return column / self._inch, row / self._inch

    def text(self, x: float, y: float, text: str = "", **options: object) -> Text:
        """Write a text at (x, y) inches from the figure's upper left corner."""
        return self.axes.text(x, y, text, **{"color": INK, "fontsize": 7, "linespacing": LINE / 1.164, **options})

    def write_above(self, names: Names, x: float, y: float, parts: list[tuple[int, str, str]], size: float) -> None:
        """Write names above an image whose upper left corner is (x, y).

        parts  (place, written, before) of each line, the arguments of Names.put, top to bottom
        """
        y -= 0.05
        for place, written, before in reversed(parts):
            names.put(self.text(x, y, va="baseline", fontsize=size), place, written, before)
            y -= height_of([(place, written, before)], size)

    def finished(self, *sentences: str) -> Figure:
        """Return the figure with all images; sentences at its bottom state the choice and the reduction of images."""
        self._image.set_data(self._array)
        words = " ".join(sentence for sentence in (*sentences, self.sentence_on_size) if sentence)
        if words:
            self.text(0.05, self.axes.get_ylim()[0] - 0.05, words, va="bottom", color=MUTED)
        return self.figure

    @property
    def sentence_on_size(self) -> str:
        """A sentence that images are shown reduced; empty if they are not."""
        if not self.reduced:
            return ""
        (height, width), (rows, columns) = self._own, self.pixels
        return f"Images of {width}×{height} pixels are shown reduced to {columns}×{rows}."


def height_of(parts: list[tuple[int, str, str]], size: float) -> float:
    """Return the height in inches of names that stand one above the other."""
    return sum(written.count("\n") + 1 for _, written, _ in parts) * LINE * size / 72


def thumbnail(image: np.ndarray, pixels: tuple[int, int]) -> np.ndarray:
    """Return an image, uint8 [height, width, 3], or numbers, float32 [height, width], reduced to (rows, columns).

    A reduced pixel is the mean of the pixels that it covers.
    """
    if image.shape[:2] == tuple(pixels):
        return image
    return np.asarray(Image.fromarray(image).resize(pixels[::-1], Image.Resampling.BOX))


def as_ink(image: np.ndarray) -> np.ndarray:
    """Return an image, uint8 [height, width] or [height, width, 3], as RGB; a grey image becomes dark ink on white."""
    return image if image.ndim == 3 else np.repeat(255 - image[:, :, None], 3, axis=2)


def signed(values: np.ndarray, limit: float) -> np.ndarray:
    """Return numbers [height, width] as RGB uint8: -limit is blue, 0 is white, limit is red."""
    return RED_BLUE(np.clip(0.5 + values / (2 * limit), 0, 1), bytes=True)[..., :3]


def evenly(count: int, most: int) -> list[int]:
    """Return at most `most` of the numbers from 0 to `count` - 1, at equal distances from the first to the last."""
    if count <= most:
        return list(range(count))
    return np.linspace(0, count - 1, most).astype(int).tolist()


def sentence_on_choice(shown: int, count: int) -> str:
    """Return a sentence that only some classes are shown; empty if all are shown."""
    return "" if shown == count else f"{shown:,} of {count:,} classes are shown, at equal distances through their list."
