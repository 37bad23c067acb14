import pytest

from ladder.provenance import source_code
from tests.provenance.source_tree import TREE, forget


@pytest.fixture
def tree(tmp_path, monkeypatch, write_folder):
    write_folder(tmp_path, {path: text.encode() for path, text in TREE.items()})
    monkeypatch.setattr(source_code, "LIBRARY", tmp_path / "ladder")
    forget()
    yield tmp_path
    forget()
