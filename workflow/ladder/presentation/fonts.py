"""Which fonts draw the names of classes: DejaVu Sans, and where it lacks a character another font of the machine.

A study whose names need none but DejaVu Sans, which comes with matplotlib, has the same figures on every machine.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import matplotlib
from matplotlib import font_manager, ft2font
from matplotlib.font_manager import FontProperties

FIRST = "DejaVu Sans"
# Since 3.11 matplotlib lays text out with libraqm: right to left where that is due, and with joined letters.
SHAPES = hasattr(ft2font, "__libraqm_version__")
REGULAR = 400


class Face(NamedTuple):
    """A font that could draw characters: its family, file, weight (400 is regular) and the `characters` it has."""

    family: str
    path: str
    weight: int
    upright: bool
    characters: frozenset[str]


@cache
def families(characters: frozenset[str]) -> tuple[str, ...]:
    """Families to look these characters up in, one after another: DejaVu Sans, and others only for what it lacks."""
    lacking = missing(characters, (FIRST,))
    if not lacking:
        return (FIRST,)
    chosen = []
    for face in choose(lacking, _faces(lacking)):
        font_manager.fontManager.addfont(face.path)
        chosen.append(face.family)
    return (FIRST, *chosen)


def choose(lacking: Iterable[str], faces: list[Face]) -> list[Face]:
    """The fewest of these faces that have all of the lacking characters, as far as any has them.

    Of faces that have as many, an upright sans serif of regular weight comes first, then the order of the names: the
    choice does not depend on the order of the list.
    """
    lacking, chosen = set(lacking), []
    ordered = sorted(faces, key=_rank)
    while lacking and ordered:
        best = max(ordered, key=lambda face: len(face.characters & lacking))
        if not best.characters & lacking:
            break
        chosen.append(best)
        lacking -= best.characters
    return chosen


def missing(characters: Iterable[str], among: tuple[str, ...]) -> frozenset[str]:
    """Characters that none of these families has; those that are never seen, such as joiners, are not counted."""
    faces = [ft2font.FT2Font(_file(family)) for family in among]
    return frozenset(
        character
        for character in characters
        if not invisible(character) and not any(_draws(face, character) for face in faces)
    )


def invisible(character: str) -> bool:
    """Whether a character only steers how others are drawn: joiners, direction marks, variation selectors."""
    return unicodedata.category(character) == "Cf" or 0xFE00 <= ord(character) <= 0xFE0F


def needs_shaping(text: str) -> bool:
    """Whether letters join, are reordered or run from right to left: drawn one by one they would read wrongly."""
    return any(
        0x0590 <= ord(character) < 0x10A0
        or 0x1700 <= ord(character) < 0x1C80
        or unicodedata.bidirectional(character) in ("R", "AL", "AN")
        or unicodedata.category(character).startswith("M")
        for character in text
    )


def right_to_left(text: str) -> bool:
    """Whether a part of the text runs from right to left, which turns round what stands beside it."""
    return any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in text)


def width(text: str, size: float, among: tuple[str, ...] = (FIRST,)) -> float:
    """Inches that one line of text is wide in so many points, in the fonts of these families."""
    # Laid out as a whole only where letters join: that takes a millisecond.
    parts = (text,) if needs_shaping(text) else text
    return size * sum(_width_of_a_point(part, among) for part in parts)


@cache
def _width_of_a_point(text: str, among: tuple[str, ...]) -> float:
    font = font_manager.get_font([_file(family) for family in among])
    font.set_size(100, 72)
    font.set_text(f"|{text}|", 0.0, flags=ft2font.LoadFlags.NO_HINTING)
    with_ends = font.get_width_height()[0]
    font.set_text("||", 0.0, flags=ft2font.LoadFlags.NO_HINTING)
    return (with_ends - font.get_width_height()[0]) / 64 / 72 / 100


def _faces(characters: frozenset[str]) -> list[Face]:
    """The machine's fonts that have at least one of these characters."""
    own = Path(matplotlib.get_data_path())  # DejaVu, fonts for formulas, and one that has a box for everything
    faces = []
    for path in sorted(font_manager.findSystemFonts()):
        if own in Path(path).parents:
            continue
        try:
            font = ft2font.FT2Font(path)
            known = frozenset(character for character in characters if _draws(font, character))
            if known:
                about = font_manager.ttfFontProperty(font)
                faces.append(Face(about.name, path, int(about.weight), about.style == "normal", known))
        except (RuntimeError, OSError, ValueError, NotImplementedError):  # a damaged file, or a kind that is not drawn
            continue
    return [face for face in faces if "last resort" not in face.family.lower().replace("lastresort", "last resort")]


def _rank(face: Face) -> tuple:
    sans = "sans" in face.family.lower()
    return not face.upright, abs(face.weight - REGULAR), not sans, face.family, face.path


def _draws(font: ft2font.FT2Font, character: str) -> bool:
    """Whether a font has the character as an outline. Coloured pictures have none, and matplotlib draws nothing."""
    if not font.get_char_index(ord(character)):
        return False
    if character.isspace():
        return True
    if not font.scalable:
        return False
    font.set_size(12, 72)
    left, low, right, high = font.load_char(ord(character), flags=ft2font.LoadFlags.NO_BITMAP).bbox
    return unicodedata.category(character).startswith("M") or (right > left and high > low)


@cache
def _file(family: str) -> str:
    return font_manager.findfont(FontProperties(family=[family]))
