"""A page with other names of classes is the same but for these names."""

import ast
import json
import re
from html.parser import HTMLParser

import pytest

from ladder import evaluate
from ladder.provenance import source_code
from ladder.report import names
from ladder.report.page import FOLDER

LIBRARY = FOLDER.parent
# Names from JavaScript, HTML and Markdown; blanks; numbers; right to left; long names with the same beginning.
ODD = [
    *("__proto__", "constructor", "toString", "hasOwnProperty", "length", "undefined", "null", "NaN", "true"),
    *("</script><script>alert(1)</script>", "<b>", "&amp;", "&", '" onload="x', "'", "<!--", "-->", "]]>", "</bdi>"),
    *("{{ 7 * 7 }}", "{% raw %}", "\\u003c", "%s", "$x$", "|", "`", "*", "_", "#", "\\", "a,b", 'a"b', ";", "=1+1"),
    *("\u00a0", "\u3000", "\u2800", "\u3164", "-", ".a", "a ", "a", " a", "a\u00a0b", "a b"),
    *("0", "1", "01", "1.0", "1e5", "-1", "NA", "nan", "None", "٣", "二", "½"),
    *("שלום", "سلام!", "می\u200cخواهم", "(עברית)", "猫", "कुत्ता", "🐶", "\U0001f468\u200d\U0001f467", "é", "e\u0301"),
    *("x" * 250 + "1", "x" * 250 + "2", "long name " * 20, "\u202eabc"),
]
FEW = 25  # names a page


def names_of_ours():
    """Every key, column, attribute and variable of the library, from the tables to the page."""
    templates = "".join(path.read_text() for path in FOLDER.glob("*.j2"))
    words = {word for code in re.findall(r"{[{%].*?[%}]}", templates) for word in re.findall(r"\b[a-z_]\w*", code)}
    words |= set(re.findall(r"\.([a-z_]\w*)", (FOLDER / "try_it.js").read_text()))
    modules = (
        *("evaluate.py", "metrics.py", "tensorize.py", "export.py"),
        *("report/*.py", "chapter/*.py", "evaluation/*.py", "presentation/artifacts.py"),
    )
    for path in (path for pattern in modules for path in LIBRARY.glob(pattern)):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
                words.add(node.value)
    return sorted(words)


def keys_of_ours():
    """The columns of the tables and the keys of the files that `evaluate` and `tensorize` write."""
    columns = {name for table in evaluate.TABLES.values() for name in table} | set(evaluate.TABLES)
    keys = {"rungs", "per_class", "dataset", "images", "classes", "shape", "images_per_class", "passed_over", "leakage"}
    metrics = set(source_code.functions("metrics"))
    return sorted(columns | keys | metrics | {"train", "valid", "sha256", "models", "layers", "items", "get", "keys"})


def fews(classes):
    return [classes[first : first + FEW] for first in range(0, len(classes), FEW)]


class Skeleton(HTMLParser):
    """The parts of a page: its tags with their attributes' names, and its text; names of classes are kept apart."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.parts, self.names, self._inside = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.parts.append((tag, *(name for name, _ in attributes)))
        self._inside.append(tag)
        if tag == "bdi":
            self.names.append("")

    def handle_endtag(self, tag):
        self.parts.append(("/", tag))
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data):
        if "bdi" in self._inside:
            self.names[-1] += data
        elif self._inside and self._inside[-1] in ("td", "th", "h2", "h3", "p", "span", "caption"):
            self.parts.append(data)


def compared(page):
    """Parts of a page that depend on no name. Versions and digests, at the page's end, depend on the names."""
    return Skeleton(page.html[: page.html.index('<section id="run">')])


@pytest.fixture(scope="session")
def plain(page_of):
    """`plain(count, **options)`: the page of so many classes with ordinary names, and its parts."""
    made = {}

    def plain(count, **options):
        if count not in made:
            page = page_of([f"k{number:03}" for number in range(count)], **options)
            made[count] = page, compared(page)
        return made[count]

    return plain


@pytest.mark.parametrize("classes", fews(sorted({*keys_of_ours(), *ODD})), ids=lambda classes: ascii(classes[0][:8]))
def test_a_page_is_the_same_but_for_the_names(page_of, plain, classes):
    page, (plain_page, expected) = page_of(classes), plain(len(classes))
    skeleton, shown = compared(page), names.shown(classes)
    assert skeleton.parts == expected.parts
    assert len(skeleton.names) == len(expected.names)
    assert set(shown.values()) <= set(skeleton.names)
    assert page.summary == plain_page.summary
    embedded = re.search(r'<script type="application/json" id="models">(.*?)</script>', page.html)[1]
    assert json.loads(embedded)["classes"] == list(shown.values())


def test_every_word_of_ours_may_be_a_class(page_of, plain):
    words = names_of_ours()
    assert len(words) > 400
    page, (plain_page, expected) = page_of(words, train=1, valid=1), plain(len(words), train=1, valid=1)
    assert compared(page).parts == expected.parts
    assert page.summary == plain_page.summary


def test_no_two_names_look_the_same():
    shown = names.shown(ODD)
    looks = [" ".join(name.split()) for name in shown.values()]
    assert len(set(looks)) == len(ODD)
    assert all(name.strip() and len(name) <= names.LONGEST + 12 for name in shown.values())
    assert shown["\u3000"] == "U+3000"
    assert shown["\u202eabc"] == "\\u202eabc"
    assert shown["می\u200cخواهم"] == "می\u200cخواهم"


def test_a_long_name_keeps_its_ends():
    assert names.shortened("a" * 30 + "b" * 30, 11) == "aaaaa…bbbbb"
    assert names.shortened("a" * 11, 11) == "a" * 11


def test_isolated_names_are_elements_of_the_page():
    text = f"class {names.isolated('<b>')}, taken for {names.isolated('שלום')}"
    assert names.bdi(text) == "class <bdi>&lt;b&gt;</bdi>, taken for <bdi>שלום</bdi>"
