"""The look of all figures, and their saving: the same inputs give the same bytes."""

import base64
import io
import json
import re
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.text import Text
from PIL import Image

from ladder.formats.files import atomic, write_text
from ladder.presentation import fonts
from ladder.presentation.lettering import NUMBER, SHORT, Names

INK, MUTED, LINE = "#1f2430", "#6b7280", "#d6dae1"
BLUE, ORANGE = "#2563a8", "#d1662b"
WIDTH = 9.0  # inches of a figure that is as wide as the report's column
DPI = 144  # dots per inch of the PNG
THUMBNAILS = "thumbnails"  # id of a sheet whose images are reduced

STYLE = {
    # Ids in the SVG are hashes, which would be random without a fixed salt.
    "svg.hashsalt": "digit-ladder",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "image.cmap": "gray_r",
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}


def apply_style() -> None:
    """Set matplotlib's defaults. Call this function before a figure is drawn."""
    matplotlib.rcParams.update(STYLE)


def save(figure: Figure, svg: str | Path, png: str | Path) -> None:
    """Save a figure as SVG without a date, and as PNG.

    Both files note which names are numbers or shortened, and which fonts besides DejaVu Sans are used
    (artifacts.names_in_figures reads the note). In the SVG such a name has the whole name as its tooltip.
    """
    for text in figure.findobj(Text):
        # A "$" in the name of a class starts no formula. The labels of matplotlib's logarithmic axes are formulas.
        if "$" in text.get_text() and "mathdefault" not in text.get_text():
            text.set_parse_math(False)
    thumbnails = [image for image in figure.findobj(AxesImage) if image.get_gid() == THUMBNAILS]
    note = _note_of_names(figure)
    about = {"Description": json.dumps(note, ensure_ascii=False)} if note else {}
    stream = io.StringIO()
    _save(figure, stream, format="svg", metadata={"Date": None, **about})
    text = re.sub(r'(data:image/png;base64,)([^"]+)', _packed, stream.getvalue())
    text = re.sub(f'<g id="(?:{SHORT}|{NUMBER})([^"]*)">', r"<g>\n<title>\1</title>", text)
    if thumbnails:
        text = text.replace("image-rendering:crisp-edges;image-rendering:pixelated", "image-rendering:auto")
    write_text(svg, text)
    for image in thumbnails:
        image.set_interpolation("bilinear")
    with atomic(png) as partial:
        _save(figure, partial, format="png", dpi=DPI, metadata={"Software": None, **about})


def _save(figure: Figure, *where: object, **options: object) -> None:
    # When matplotlib saves a figure without a layout, it gives the figure the default layout.
    with matplotlib.rc_context({"figure.constrained_layout.use": False}):
        figure.savefig(*where, **options)


def _note_of_names(figure: Figure) -> dict:
    """Return how a figure writes the names that it does not show whole, and its fonts besides DejaVu Sans."""
    texts = [text for text in figure.findobj(Text) if text.get_text()]
    marked = [(text.get_text(), text.get_gid()) for text in texts if text.get_gid()]
    numbers = {gid.removeprefix(NUMBER): written for written, gid in marked if gid.startswith(NUMBER)}
    families = {family for text in texts for family in text.get_fontfamily()} - {fonts.FIRST, *STYLE["font.family"]}
    note = {
        "numbers": [[written, name] for name, written in numbers.items()],
        "shortened": any(gid.startswith(SHORT) for _, gid in marked),
        "fonts": sorted(families),
    }
    return note if any(note.values()) else {}


def _packed(address: re.Match) -> str:
    """Return a data address of a PNG with the same pixels in fewer bytes."""
    image = Image.open(io.BytesIO(base64.b64decode(address[2])))
    if image.mode == "RGBA" and image.getextrema()[3] == (255, 255):
        image = image.convert("RGB")
        if (colours := image.getcolors(256)) is not None:
            palette = sorted(colour for _, colour in colours)
            codes = np.asarray(image).astype(np.int32) @ (1 << 16, 1 << 8, 1)
            places = np.searchsorted([(red << 16) + (green << 8) + blue for red, green, blue in palette], codes)
            image = Image.fromarray(places.astype(np.uint8)).convert("P")
            image.putpalette([part for colour in palette for part in colour])
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return address[1] + base64.b64encode(stream.getvalue()).decode()


def words_alone(words: str) -> Figure:
    """Return a figure of one sentence, for a study that has nothing to draw."""
    figure = plain_figure(WIDTH, 0.8)
    figure.text(0.5, 0.5, words, ha="center", va="center")
    return figure


def title(axes: Axes, rungs: Names, place: int, inches: float, more: str = "", **options: object) -> None:
    """Write the name of a rung above its panel, which is `inches` wide, and `more` below the name."""
    text = axes.set_title("", **options)
    rungs.put(text, place, rungs.fitted(inches, text.get_fontsize())[place])
    text.set_text(text.get_text() + more)


def plain_figure(width: float, height: float) -> Figure:
    """Return a figure for axes placed by numbers, without matplotlib's layout, which would draw it twice."""
    return Figure(figsize=(width, height), constrained_layout=False)


def panels(
    count: int, columns: int, height: float, width: float = WIDTH, **options: object
) -> tuple[Figure, list[Axes]]:
    """Return a figure of `count` small panels, `height` inches each, and their axes; spare panels are removed."""
    columns = min(columns, count)
    rows = -(-count // columns)
    figure = Figure(figsize=(width, rows * height))
    axes = figure.subplots(rows, columns, squeeze=False, **options).ravel()
    for spare in axes[count:]:
        spare.remove()
    return figure, list(axes[:count])
