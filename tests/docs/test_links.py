"""Links of the pages lead to files and headings that exist."""

import os
from pathlib import PurePosixPath

import pytest

from tests.docs.written import PAGES, ROOT, headings, links, tracked


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for path, heading in links(page):
        target = os.path.normpath(PurePosixPath(page).parent / path) if path else page
        assert target in tracked(), f"{page} links to {path}"
        assert not heading or heading in headings(target), f"{page} links to {path}#{heading}"


def test_every_page_is_in_the_list_of_the_site():
    listed = [
        line.rpartition(": ")[2] for line in (ROOT / "mkdocs.yml").read_text().splitlines() if line.endswith(".md")
    ]
    assert sorted(f"docs/{name}" for name in listed) == [page for page in PAGES if page.startswith("docs/")]


def test_the_readme_links_to_every_page_but_the_overview():
    linked = {path for path, _ in links("README.md")}
    assert {page for page in PAGES if page.startswith("docs/")} - linked == {"docs/index.md"}
