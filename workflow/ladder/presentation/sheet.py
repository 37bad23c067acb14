"""Small images side by side on one axes, measured in inches: one array holds them all, and is drawn at once.

An axes for each image would take the most of a figure's time, and more memory than the images.
"""

import math

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from ladder.presentation.lettering import Names
from ladder.presentation.style import DPI, INK, MUTED, THUMBNAILS, WIDTH, plain_figure

SIDE = 64  # pixels of an image's longer side, above which it is shown smaller: more are not seen
LEAST = 8
LINE = 1.25  # heights of a letter from line to line
BYTES = 600_000  # of a sheet's pixels: the page holds several sheets
# With white paper no more colours than a PNG has in a palette.
RED_BLUE = matplotlib.colormaps["RdBu_r"].resampled(201)


class Sheet:
    """A figure of small images of the same shape.

    size    (width, height) in inches of an image in the figure
    pixels  (height, width) of an image in the figure's file; fewer than it has where images are large or many
    """

    def __init__(self, shape: tuple[int, ...], count: int, inches: float) -> None:
        """Prepare for so many images of this shape, each within a square of so many inches.

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
            # As many whole dots of the PNG to each pixel: all look alike. A large pixel is several of the sheet's,
            # which is then fine enough for narrow gaps.
            self.pixels = self._own
            dots = max(1, math.floor(inches * DPI / longer))
            if dots > 3:
                self._repeats = dots // 2
                dots = 2
            self._inch = DPI / dots
        rows, columns = (side * self._repeats for side in self.pixels)
        self.size = (columns / self._inch, rows / self._inch)

    def draw(self, height: float, width: float = WIDTH) -> None:
        """Make the figure, so many inches high and wide, before images and words are put on it."""
        self.figure = plain_figure(width, height)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()
        rows, columns = math.ceil(height * self._inch), math.ceil(width * self._inch)
        self._array = np.full((rows, columns, 3), 255, np.uint8)
        extent = (0, columns / self._inch, rows / self._inch, 0)
        # `none` keeps the array as it is in the SVG, where others are drawn anew at 100 dots an inch.
        self._image = self.axes.imshow(self._array, extent=extent, interpolation="none", aspect="auto")
        if self.reduced:
            self._image.set_gid(THUMBNAILS)
        self.axes.set(xlim=(0, width), ylim=(height, 0))

    def put(self, image: np.ndarray, x: float, y: float) -> tuple[float, float]:
        """Put an RGB image, uint8 [height, width, 3], with its upper left corner at (x, y); return where it came."""
        image = thumbnail(image, self.pixels)
        image = image.repeat(self._repeats, axis=0).repeat(self._repeats, axis=1)
        row, column = round(y * self._inch), round(x * self._inch)
        self._array[row : row + image.shape[0], column : column + image.shape[1]] = image
        return column / self._inch, row / self._inch

    def text(self, x: float, y: float, text: str = "", **options: object) -> Text:
        """Write at (x, y) inches from the upper left corner."""
        return self.axes.text(x, y, text, **{"color": INK, "fontsize": 7, "linespacing": LINE / 1.164, **options})

    def write_above(self, names: Names, x: float, y: float, parts: list[tuple[int, str, str]], size: float) -> None:
        """Write names above an image whose upper left corner is (x, y): what Names.put takes of each, top to bottom."""
        y -= 0.05
        for place, written, before in reversed(parts):
            names.put(self.text(x, y, va="baseline", fontsize=size), place, written, before)
            y -= height_of([(place, written, before)], size)

    def finished(self, *sentences: str) -> Figure:
        """The figure with all its images; at its bottom what a reader has to know of the choice that it shows."""
        self._image.set_data(self._array)
        words = " ".join(sentence for sentence in (*sentences, self.said_of_size) if sentence)
        if words:
            self.text(0.05, self.axes.get_ylim()[0] - 0.05, words, va="bottom", color=MUTED)
        return self.figure

    @property
    def said_of_size(self) -> str:
        """That images are shown smaller than they are, if they are."""
        if not self.reduced:
            return ""
        (height, width), (rows, columns) = self._own, self.pixels
        return f"Images of {width}×{height} pixels are shown reduced to {columns}×{rows}."


def height_of(parts: list[tuple[int, str, str]], size: float) -> float:
    """Inches that names one above the other are high."""
    return sum(written.count("\n") + 1 for _, written, _ in parts) * LINE * size / 72


def thumbnail(image: np.ndarray, pixels: tuple[int, int]) -> np.ndarray:
    """An image, uint8 [height, width, 3], or numbers, float32 [height, width], reduced to (rows, columns).

    Pixels that fall together become their mean.
    """
    if image.shape[:2] == tuple(pixels):
        return image
    return np.asarray(Image.fromarray(image).resize(pixels[::-1], Image.Resampling.BOX))


def as_ink(image: np.ndarray) -> np.ndarray:
    """An image, uint8 [height, width] or [height, width, 3], as RGB; grey as ink on paper."""
    return image if image.ndim == 3 else np.repeat(255 - image[:, :, None], 3, axis=2)


def signed(values: np.ndarray, limit: float) -> np.ndarray:
    """Numbers [height, width] as RGB uint8, from -limit in blue over 0 in white to limit in red."""
    return RED_BLUE(np.clip(0.5 + values / (2 * limit), 0, 1), bytes=True)[..., :3]


def evenly(count: int, most: int) -> list[int]:
    """Numbers of at most so many of `count` things, at equal distances from the first to the last."""
    if count <= most:
        return list(range(count))
    return np.linspace(0, count - 1, most).astype(int).tolist()


def said_of_choice(shown: int, count: int) -> str:
    """That not all classes are shown, if they are not."""
    return "" if shown == count else f"{shown:,} of {count:,} classes are shown, at equal distances through their list."
