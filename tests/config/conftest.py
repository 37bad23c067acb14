"""Copies of the library in which plug-ins are wrong."""

import pytest

from ladder.provenance import source_code


def forget():
    for function in vars(source_code).values():
        if hasattr(function, "cache_clear"):
            function.cache_clear()


@pytest.fixture
def read_from(monkeypatch):
    """`read_from(folder)`: plug-ins are read from this folder instead of workflow/ladder, until the test ends."""

    def read_from(folder):
        monkeypatch.setattr(source_code, "LIBRARY", folder)
        forget()

    yield read_from
    monkeypatch.undo()
    forget()
