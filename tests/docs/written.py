"""The pages as Markdown: their blocks, code in sentences, links and headings."""

import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = tuple(
    sorted(
        path.relative_to(ROOT).as_posix()
        for path in (*ROOT.glob("*.md"), *ROOT.glob("config/*.md"), *ROOT.glob("docs/*.md"))
    )
)
# The comment before a block says why no test runs it.
BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<reason>.+?) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
FILE = re.compile(r"# (?P<append>at the end of )?(?P<path>workflow/\S+\.py)\n")  # first line of a plug-in


@dataclass(frozen=True)
class Block:
    """A fenced block: `language` is empty if the block names none, `reason` is empty if a test runs the block."""

    page: str
    line: int
    language: str
    text: str
    reason: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@cache
def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


@cache
def blocks(language: str | None = None) -> tuple[Block, ...]:
    """All blocks of the pages, or the blocks of one language that a test runs."""
    fenced = [
        Block(page, text_of(page).count("\n", 0, match.start()) + 1, match["language"], match["text"], match["reason"])
        for page in PAGES
        for match in BLOCK.finditer(text_of(page))
    ]
    return tuple(block for block in fenced if language is None or (block.language == language and not block.reason))


def prose(page: str) -> str:
    """The page without its blocks."""
    return BLOCK.sub("", text_of(page))


def spans() -> list[tuple[str, str]]:
    """(page, text) of each piece of code in a sentence or a table, once a page."""
    return [(page, span) for page in PAGES for span in dict.fromkeys(re.findall(r"`([^`\n]+)`", prose(page)))]


def links(page: str) -> list[tuple[str, str]]:
    """(path, heading) of each link of a page to another file or to a heading of its own."""
    targets = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    return [tuple(link.partition("#")[::2]) for link in targets if not link.startswith(("http:", "https:"))]


def headings(page: str) -> set[str]:
    """Anchors of the headings of a page, as Markdown's readers make them."""
    lines = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).strip().replace(" ", "-") for line in lines}


def plug_ins() -> list[tuple[str, bool, str]]:
    """(path, whether it is appended, source) of each example of a plug-in, in the order of the pages."""
    examples = [(FILE.match(block.text), block.text) for block in blocks("python")]
    return [(match["path"], bool(match["append"]), text[match.end() :]) for match, text in examples if match]


def write_plug_ins(folder: Path) -> None:
    """Put the examples into a copy of the project, as a user would; a figure gets a caption."""
    for path, append, source in plug_ins():
        file = folder / path
        file.write_text(f"{file.read_text()}\n\n{source}" if append else source)
        if "/figures/" in path:
            (folder / "workflow/report" / f"{file.stem}.rst").write_text("How many images each rung gets wrong.")


@cache
def tracked() -> frozenset[str]:
    """Files of the project and their folders, as git knows them."""
    listed = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()
    return frozenset(files) | {parent.as_posix() for file in files for parent in Path(file).parents}
