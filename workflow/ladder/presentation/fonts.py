"""Fonts for the names of classes: DejaVu Sans, and another font of the machine for a character that it lacks.

DejaVu Sans comes with matplotlib. A study whose names need only this font has the same figures on every machine.
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
# From version 3.11 matplotlib lays out text with libraqm: it joins letters and handles text from right to left.
SHAPES = hasattr(ft2font, "__libraqm_version__")
REGULAR = 400


class Face(NamedTuple):
    """A font that can draw some of the characters: family, file, weight (400 is regular), and its `characters`."""

    family: str
    path: str
    weight: int
    upright: bool
    characters: frozenset[str]


@cache
def families(characters: frozenset[str]) -> tuple[str, ...]:
    """Return the font families that draw these characters: DejaVu Sans, then fonts for characters that it lacks."""
    lacking = missing(characters, (FIRST,))
    if not lacking:
        return (FIRST,)
    chosen = []
    for face in choose(lacking, _faces(lacking)):
        font_manager.fontManager.addfont(face.path)
        chosen.append(face.family)
    return (FIRST, *chosen)


def choose(lacking: Iterable[str], faces: list[Face]) -> list[Face]:
    """Return a few of the faces that together have all lacking characters, as far as any face has them.

    Each step takes the face with the most characters still lacking. Among equal faces an upright sans serif of regular
    weight comes first, then the first by name, so the choice does not depend on the order of the list.
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
    """Return the characters that none of these families has, without invisible ones such as joiners."""
    faces = [ft2font.FT2Font(_file(family)) for family in among]
    return frozenset(
        character
        for character in characters
        if not invisible(character) and not any(_draws(face, character) for face in faces)
    )


def invisible(character: str) -> bool:
    """Return whether a character only changes how others are drawn: a joiner, direction mark or variation selector."""
    return unicodedata.category(character) == "Cf" or 0xFE00 <= ord(character) <= 0xFE0F


def needs_shaping(text: str) -> bool:
    """Return whether letters join, are reordered or run from right to left, so that they cannot be drawn one by one."""
    return any(
        0x0590 <= ord(character) < 0x10A0
        or 0x1700 <= ord(character) < 0x1C80
        or unicodedata.bidirectional(character) in ("R", "AL", "AN")
        or unicodedata.category(character).startswith("M")
        for character in text
    )


def right_to_left(text: str) -> bool:
    """Return whether a part of the text runs from right to left, which may reorder the text beside it."""
    return any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in text)


def width(text: str, size: float, among: tuple[str, ...] = (FIRST,)) -> float:
    """Return the width in inches of one line of text of `size` points, in the fonts of the families `among`."""
    # A text is laid out as a whole only if letters join, since this takes a millisecond.
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
    """Return the machine's fonts that have at least one of these characters."""
    own = Path(matplotlib.get_data_path())  # skipped: DejaVu, fonts of formulas, a font with a box for every character
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
        except (RuntimeError, OSError, ValueError, NotImplementedError):  # a damaged file, or an unsupported kind
            continue
    return [face for face in faces if "last resort" not in face.family.lower().replace("lastresort", "last resort")]


def _rank(face: Face) -> tuple:
    sans = "sans" in face.family.lower()
    return not face.upright, abs(face.weight - REGULAR), not sans, face.family, face.path


def _draws(font: ft2font.FT2Font, character: str) -> bool:
    """Return whether a font has an outline of the character. matplotlib does not draw the pictures of colour fonts."""
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
