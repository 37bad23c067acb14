"""Names of classes and rungs as a figure can show them: wrapped, shortened, or as numbers where no font has them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import cache

from matplotlib.axis import Axis
from matplotlib.text import Text

from ladder.presentation import fonts

# How a text says what it stands for: plotting.save writes it into the figure's file.
SHORT, NUMBER = "short:", "number:"
RUNG = "rung "  # before the number of a rung, as # is before that of a class
OTHERS = 400  # characters of other fonts at most: the outline of one is a thousand bytes in each figure of the page
# What steers the direction of all that follows is written as an escape; names stand among other words.
_STEERS = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
_BREAKS = re.compile("(?<=[\\s_./\\-])|(?<=[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff])")


class Names:
    """Names of all classes, or of all rungs, and what a figure writes for each.

    full      the name, with escapes for what cannot be seen
    drawn     the name, or a mark and its place among the names, `#4`, where no font of the machine has its characters,
              where it would look like another's, or where all names have more than 400 characters of other fonts
    families  the fonts that draw them, as matplotlib takes them

    Depends on the names and the machine's fonts alone.
    """

    def __init__(self, names: list[str], mark: str = "#") -> None:
        self.full = texts = [visible(name) for name in names]
        self.families = fonts.families(frozenset("".join(texts)))
        lacking = fonts.missing("".join(texts), self.families)
        others = fonts.missing("".join(texts), (fonts.FIRST,))
        if len(others) > OTHERS:
            lacking |= others
        while any(text.startswith(mark) for text in texts):
            mark = f"#{mark}"
        self._numbers = [f"{mark}{place}" for place in range(1, len(names) + 1)]
        self._fitted: dict[tuple, list[str]] = {}  # a figure of mistakes asks again and again
        looks = Counter(map(_look, texts))
        self.drawn = [
            text if _look(text) and looks[_look(text)] == 1 and _can_be_drawn(text, lacking) else number
            for text, number in zip(texts, self._numbers)
        ]

    def __len__(self) -> int:
        return len(self.full)

    def width(self, size: float, chosen: list[int] | None = None) -> float:
        """Inches of the widest name on one line, of all or of the `chosen`."""
        return max((self.width_of(self.drawn[n], size) for n in self._places(chosen)), default=0.0)

    def width_of(self, text: str, size: float) -> float:
        """Inches of the widest line of what is written for a name."""
        return max(fonts.width(line, size, self.families) for line in text.split("\n"))

    def fitted(self, inches: float, size: float, lines: int = 1, chosen: list[int] | None = None) -> list[str]:
        """What is written for each name where there is room for so many lines of so many inches.

        Two names that would be shortened to the same are numbers.
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
        """Names along a row of things that are so many inches apart, and whether they are to be turned upright.

        They lie, where each fits whole on so many lines; otherwise they stand, and are shortened to the longest inches.
        """
        lying = self.fitted(inches, size, lines, chosen)
        if all(_joined(text) == _joined(self.drawn[n]) for text, n in zip(lying, self._places(chosen))):
            return lying, False
        return self.fitted(longest, size, 1, chosen), True

    def put(self, text: Text, place: int, written: str, before: str = "") -> Text:
        """Have `text` show the name at this place as `written`, which `fitted` or `drawn` gave, after other words."""
        text.set_parse_math(False)  # the name of a class is no formula
        text.set_fontfamily(list(self.families))
        text.set_text(before + written if not fonts.right_to_left(written) else isolated(before, written))
        if _joined(written) != _joined(self.full[place]):
            text.set_gid((NUMBER if written == self._numbers[place] else SHORT) + self.full[place])
        return text

    def phrase(self, first: int, word: str, second: int, inches: float, size: float) -> list[tuple[int, str, str]]:
        """What `put` takes for the parts of `this as that`, one above the other, each so many inches wide at most."""
        this, that = self.drawn[first], self.drawn[second]
        whole = f"{this} {word} {that}"
        if this == self.full[first] and self.width_of(whole, size) <= inches and not fonts.right_to_left(whole):
            return [(second, that, f"{this} {word} ")]
        lines = ((first, "", 0.0), (second, f"{word} ", self.width_of(f"{word} ", size)))
        return [(place, self.fitted(inches - used, size, 2)[place], before) for place, before, used in lines]

    def ticks(self, axis: Axis, chosen: list[int], written: list[str], **options: object) -> None:
        """Label an axis with the chosen names, at 0, 1, 2, ..."""
        axis.set_ticks(range(len(chosen)), written, **options)
        for label, place, text in zip(axis.get_ticklabels(), chosen, written, strict=True):
            self.put(label, place, text)

    def _places(self, chosen: list[int] | None) -> list[int]:
        return list(range(len(self.full))) if chosen is None else chosen


@cache
def visible(name: str) -> str:
    """A name with escapes for what cannot be seen: control characters, and marks that turn round what follows them."""
    return "".join(
        character.encode("unicode_escape").decode()
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _STEERS
        else character
        for character in name
    )


def isolated(before: str, name: str) -> str:
    """Words before a name that runs from right to left, and does not turn them round (UAX #9, isolates)."""
    lines = [f"\u2068{line}\u2069" for line in name.split("\n")]
    return "\u200e" + before + "\n\u200e".join(lines)


def fit(text: str, inches: float, lines: int, width: Callable[[str], float]) -> str:
    """The text on at most so many lines of so many inches: wrapped between words, then shortened in its middle.

    width  inches of a text on one line
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
    """The text on one line, without as much of its middle as does not fit: names often differ at their ends."""
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
    """Characters with the marks that belong to them, and what joiners join."""
    clusters: list[str] = []
    for character in text:
        joins = bool(clusters) and clusters[-1][-1] in "\u200c\u200d"
        if clusters and (joins or fonts.invisible(character) or unicodedata.category(character).startswith("M")):
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def _joined(text: str) -> str:
    """A name without the ends of lines that wrapping made."""
    return "".join(text.split())


def _look(text: str) -> str:
    """What tells a name from another on paper."""
    seen = (character for character in unicodedata.normalize("NFC", text) if not fonts.invisible(character))
    return " ".join("".join(seen).split())


def _can_be_drawn(text: str, lacking: frozenset[str]) -> bool:
    return not lacking.intersection(text) and (fonts.SHAPES or not fonts.needs_shaping(text))
