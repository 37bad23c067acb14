"""Names that come from the data, as the page writes them: short, each another, and apart from the text around them."""

import unicodedata
from collections import Counter

from markupsafe import Markup, escape

LONGEST = 40  # characters of a class's name
JOINERS = "\u200c\u200d"  # are not printable by themselves, and part of words and emoji
BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # printable, and drawn as nothing
ISOLATE, END = "\u2068", "\u2069"  # Unicode's: what is between them keeps its own direction (UAX 9)


def shown(classes: list[str]) -> dict[str, str]:
    """Class to its name in the page: its own, of a long one the two ends. No two names look the same."""
    texts = [shortened(visible(name)) for name in classes]
    looks = Counter(map(_look, texts))
    texts = [text if looks[_look(text)] == 1 else f"{text} (class {n})" for n, text in enumerate(texts, start=1)]
    if len(set(map(_look, texts))) < len(classes):
        texts = [f"{n}: {text}" for n, text in enumerate(texts, start=1)]
    return dict(zip(classes, texts, strict=True))


def shortened(text: str, longest: int = LONGEST) -> str:
    """A text of at most so many characters; of a longer one the two ends."""
    if len(text) <= longest:
        return text
    head = longest // 2
    return f"{text[:head]}…{text[len(text) - (longest - head - 1) :]}"


def visible(text: str) -> str:
    """A text without what is not to be seen; of characters that are all blank, their code points."""
    if all(c.isspace() or c in JOINERS + BLANKS for c in text):
        return " ".join(f"U+{ord(c):04X}" for c in text)
    return "".join(c if c.isprintable() or c in JOINERS else c.encode("unicode_escape").decode() for c in text)


def isolated(name: str) -> str:
    """A name whose direction, right to left or left to right, does not turn the text around it."""
    return f"{ISOLATE}{name}{END}"


def bdi(text: str) -> Markup:
    """A text as HTML, in which isolated names are `<bdi>` elements."""
    return Markup(str(escape(text)).replace(ISOLATE, "<bdi>").replace(END, "</bdi>"))


def _look(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))
