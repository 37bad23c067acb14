import platform

import numpy
import torch

from ladder.provenance import declared, software


def test_versions_are_those_of_what_runs():
    versions = software.versions()
    assert list(versions) == ["python", *software.PACKAGES, *declared.words_of_all("trainers", "PACKAGES")]
    assert (versions["python"], versions["numpy"]) == (platform.python_version(), numpy.__version__)
    assert torch.__version__.startswith(versions["torch"])


def test_what_is_not_installed_is_left_out_and_a_trainers_package_is_not(monkeypatch):
    monkeypatch.setattr(software, "PACKAGES", ("numpy", "no-such-package-anywhere"))
    lists = {("trainers", "PACKAGES"): ["jinja2", "no-such-package-either"]}
    monkeypatch.setattr(declared, "words_of_all", lambda *wanted: lists[wanted])
    assert list(software.versions()) == ["python", "numpy", "jinja2"]
