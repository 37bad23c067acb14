"""Names of classes and rungs in figures: wrapped, shortened, or replaced by numbers if no font has their characters."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import cache

from matplotlib.axis import Axis
from matplotlib.text import Text

from ladder.presentation import fonts

# Prefixes of a text's id, before the whole name; style.save writes the name into the figure's file.
SHORT, NUMBER = "short:", "number:"
RUNG = "rung "  # stands before the number of a rung, as # stands before the number of a class
OTHERS = 400  # most characters of other fonts: an outline takes a thousand bytes in each figure of the page
# Characters that change the direction of all following text. They are escaped, since names stand among other words.
_STEERS = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
_BREAKS = re.compile("(?<=[\\s_./\\-])|(?<=[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff])")


class Names:
    """Names of all classes, or of all rungs, and the text that a figure writes for each.

    full      each name, with escapes for invisible characters
    drawn     each name, or a mark with its place among the names, such as `#4`. The number replaces a name if no font
              of the machine has its characters, if it would look like another name, or if it needs another font than
              DejaVu Sans and all names together need more than 400 characters of other fonts
    families  names of the fonts that draw the names, for matplotlib

    These texts depend only on the names and on the machine's fonts.
    """

    def __init__(self, names: list[str], mark: str = "#") -> None:
        self.full = texts = [visible(name) for name in names]
        self.families = fonts.families(frozenset("".join(texts)))
        lacking = fonts.missing("".join(texts), self.families)
        foreign = fonts.missing("".join(texts), (fonts.FIRST,))
        if len(foreign) > OTHERS:
            lacking |= foreign
        while any(text.startswith(mark) for text in texts):
            mark = f"#{mark}"
        self._numbers = [f"{mark}{place}" for place in range(1, len(names) + 1)]
        self._fitted: dict[tuple, list[str]] = {}  # cached, since a figure of mistakes asks for the same texts often
        looks = Counter(map(_look, texts))
        self.drawn = [
            text if _look(text) and looks[_look(text)] == 1 and _can_be_drawn(text, lacking) else number
            for text, number in zip(texts, self._numbers)
        ]

    def __len__(self) -> int:
        return len(self.full)

    def width(self, size: float, chosen: list[int] | None = None) -> float:
        """Return the width in inches of the widest name on one line, among all names or the `chosen` ones."""
        return max((self.width_of(self.drawn[n], size) for n in self._places(chosen)), default=0.0)

    def width_of(self, text: str, size: float) -> float:
        """Return the width in inches of the widest line of `text`."""
        return max(fonts.width(line, size, self.families) for line in text.split("\n"))

    def fitted(self, inches: float, size: float, lines: int = 1, chosen: list[int] | None = None) -> list[str]:
        """Return the text for each name in a room of `lines` lines, each `inches` wide.

        Names that would be shortened to the same text become numbers.
        """
        key = (inches, size, lines, *self._places(chosen))
        if key not in self._fitted:
            places = self._places(chosen)
            texts = [fit(self.drawn[n], inches, lines, lambda text: self.width_of(text, size)) for n in places]
            looks = Counter(texts)
            unlike = [text if looks[text] == 1 else self._numbers[n] for text, n in zip(texts, places)]
            self._fitted[key] = unlike
        return self._fitted[key]

    def beside(
        self, inches: float, lines: int, longest: float, size: float, chosen: list[int] | None = None
    ) -> tuple[list[str], bool]:
        """Return the texts of names along a row of pictures that are `inches` apart, and whether the texts are turned.

        The texts are horizontal if each name fits whole on `lines` lines. Otherwise they are turned upright and
        shortened to `longest` inches.
        """
        lying = self.fitted(inches, size, lines, chosen)
        if all(_joined(text) == _joined(self.drawn[n]) for text, n in zip(lying, self._places(chosen))):
            return lying, False
        return self.fitted(longest, size, 1, chosen), True

    def put(self, text: Text, place: int, written: str, before: str = "") -> Text:
        """Make `text` show `before` and then the name at `place` as `written`, a result of `fitted` or `drawn`."""
        text.set_parse_math(False)  # a "$" in the name of a class starts no formula
        text.set_fontfamily(list(self.families))
        text.set_text(before + written if not fonts.right_to_left(written) else isolated(before, written))
        if _joined(written) != _joined(self.full[place]):
            text.set_gid((NUMBER if written == self._numbers[place] else SHORT) + self.full[place])
        return text

    def phrase(self, first: int, word: str, second: int, inches: float, size: float) -> list[tuple[int, str, str]]:
        """Return the lines of a phrase such as `3 as 7`, top to bottom, each at most `inches` wide.

        A line is (place, written, before), the arguments of `put`.
        """
        this, that = self.drawn[first], self.drawn[second]
        whole = f"{this} {word} {that}"
        if this == self.full[first] and self.width_of(whole, size) <= inches and not fonts.right_to_left(whole):
            return [(second, that, f"{this} {word} ")]
        lines = ((first, "", 0.0), (second, f"{word} ", self.width_of(f"{word} ", size)))
        return [(place, self.fitted(inches - used, size, 2)[place], before) for place, before, used in lines]

    def ticks(self, axis: Axis, chosen: list[int], written: list[str], **options: object) -> None:
        """Label an axis with the chosen names at 0, 1, 2, ..."""
        axis.set_ticks(range(len(chosen)), written, **options)
        for label, place, text in zip(axis.get_ticklabels(), chosen, written, strict=True):
            self.put(label, place, text)

    def _places(self, chosen: list[int] | None) -> list[int]:
        return list(range(len(self.full))) if chosen is None else chosen


@cache
def visible(name: str) -> str:
    """Return a name with escapes for invisible characters: control characters, and marks that change the direction."""
    return "".join(
        character.encode("unicode_escape").decode()
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _STEERS
        else character
        for character in name
    )


def isolated(before: str, name: str) -> str:
    """Return words followed by a name from right to left, isolated so that the name does not reorder them (UAX #9)."""
    lines = [f"\u2068{line}\u2069" for line in name.split("\n")]
    return "\u200e" + before + "\n\u200e".join(lines)


def fit(text: str, inches: float, lines: int, width: Callable[[str], float]) -> str:
    """Return the text on at most `lines` lines of `inches`: wrapped between words, then shortened in its middle.

    width  returns the width in inches of a text on one line
    """
    if width(text) <= inches:
        return text
    done, rest = [], text
    while len(done) < lines - 1 and width(rest) > inches:
        line = ""
        for part in re.split(_BREAKS, rest):
            if width((line + part).rstrip()) > inches:
                break
            line += part
        if not line:
            break
        done.append(line.rstrip())
        rest = rest[len(line) :].lstrip()
    return "\n".join([*done, _shortened(rest, inches, width)])


def _shortened(text: str, inches: float, width: Callable[[str], float]) -> str:
    """Return the text on one line. If it is too wide, its middle is cut, since names often differ at their ends."""
    if width(text) <= inches:
        return text
    clusters = _clusters(text)
    low, high = 0, len(clusters) - 1
    while low < high:
        kept = (low + high + 1) // 2
        if width(_ends(clusters, kept)) <= inches:
            low = kept
        else:
            high = kept - 1
    return _ends(clusters, max(low, 1))


def _ends(clusters: list[str], kept: int) -> str:
    last = kept // 3
    return "".join(clusters[: kept - last]).rstrip() + "…" + "".join(clusters[len(clusters) - last :]).lstrip()


def _clusters(text: str) -> list[str]:
    """Return the characters of a text, each with its marks and the characters joined to it."""
    clusters: list[str] = []
    for character in text:
        joins = bool(clusters) and clusters[-1][-1] in "\u200c\u200d"
        if clusters and (joins or fonts.invisible(character) or unicodedata.category(character).startswith("M")):
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def _joined(text: str) -> str:
    """Return a text without white space, so that a wrapped name equals the name on one line."""
    return "".join(text.split())


def _look(text: str) -> str:
    """Return the visible form of a text: two names that look the same have the same form."""
    seen = (character for character in unicodedata.normalize("NFC", text) if not fonts.invisible(character))
    return " ".join("".join(seen).split())


def _can_be_drawn(text: str, lacking: frozenset[str]) -> bool:
    return not lacking.intersection(text) and (fonts.SHAPES or not fonts.needs_shaping(text))
