"""The site that `make docs` builds."""

import os
import re
import subprocess

import pytest

from tests.docs.written import PAGES, ROOT

MKDOCS = ROOT / ".venv-docs/bin/mkdocs"


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """`build(docs)`: mkdocs as `make docs` calls it, on a folder of pages; returns the call and the site's folder."""
    if not MKDOCS.exists():
        pytest.skip("no .venv-docs; make docs makes it")

    def run(docs):
        site = tmp_path_factory.mktemp("site")
        settings = site / "mkdocs.yml"
        text = (ROOT / "mkdocs.yml").read_text()
        settings.write_text(text.replace("docs_dir: docs", f"docs_dir: {docs}"))
        command = [MKDOCS, "build", "--strict", "--config-file", settings, "--site-dir", site / "pages"]
        environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done, site / "pages"

    return run


def test_the_site_has_every_page_and_loads_nothing_from_another_host(build):
    done, site = build(ROOT / "docs")
    assert done.returncode == 0, done.stderr
    names = [page.removeprefix("docs/").replace(".md", ".html") for page in PAGES if page.startswith("docs/")]
    for name in names:
        text = (site / name).read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|iframe)[^>]* src=\"([^\"]+)\"", text)
        loaded += re.findall(r"<link[^>]* rel=\"(?:stylesheet|preconnect|preload)\"[^>]* href=\"([^\"]+)\"", text)
        loaded += re.findall(r"<link[^>]* href=\"([^\"]+)\"[^>]* rel=\"(?:stylesheet|preconnect|preload)\"", text)
        assert loaded
        assert [address for address in loaded if "//" in address] == [], name


def test_a_broken_link_ends_the_build(build, tmp_path):
    for page in PAGES:
        if page.startswith("docs/"):
            (tmp_path / page.removeprefix("docs/")).write_text("[there](nowhere.md)\n")
    done, _ = build(tmp_path)
    assert done.returncode == 1
    assert "nowhere.md" in done.stderr
