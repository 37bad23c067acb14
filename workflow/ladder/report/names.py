"""Names from the data in the page: shortened, distinct, and isolated from the direction of the text around them."""

import unicodedata
from collections import Counter

from markupsafe import Markup, escape

LONGEST = 40  # characters of a class's name
JOINERS = "\u200c\u200d"  # joiners are not printable, but they are part of words and emoji
BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # characters that are printable but drawn as nothing
ISOLATE, END = "\u2068", "\u2069"  # the text between these characters keeps its own direction (UAX 9)


def shown(classes: list[str]) -> dict[str, str]:
    """Return class to its name in the page; a long name is shortened. No two names look the same."""
    texts = [shortened(visible(name)) for name in classes]
    looks = Counter(map(_look, texts))
    texts = [text if looks[_look(text)] == 1 else f"{text} (class {n})" for n, text in enumerate(texts, start=1)]
    if len(set(map(_look, texts))) < len(classes):
        texts = [f"{n}: {text}" for n, text in enumerate(texts, start=1)]
    return dict(zip(classes, texts, strict=True))


def shortened(text: str, longest: int = LONGEST) -> str:
    """Return a text of at most `longest` characters; a longer text keeps its two ends."""
    if len(text) <= longest:
        return text
    head = longest // 2
    return f"{text[:head]}…{text[len(text) - (longest - head - 1) :]}"


def visible(text: str) -> str:
    """Return a text with escapes for invisible characters; a blank text becomes its code points."""
    if all(c.isspace() or c in JOINERS + BLANKS for c in text):
        return " ".join(f"U+{ord(c):04X}" for c in text)
    return "".join(c if c.isprintable() or c in JOINERS else c.encode("unicode_escape").decode() for c in text)


def isolated(name: str) -> str:
    """Return a name with isolates around it, so that its direction does not reorder the text around it."""
    return f"{ISOLATE}{name}{END}"


def bdi(text: str) -> Markup:
    """Return a text as HTML with isolated names as `<bdi>` elements."""
    return Markup(str(escape(text)).replace(ISOLATE, "<bdi>").replace(END, "</bdi>"))


def _look(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))
