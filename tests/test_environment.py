import platform

import numpy
import torch

from ladder import environment


def test_versions_are_those_of_what_runs():
    versions = environment.versions()
    assert list(versions) == ["python", *environment.PACKAGES]
    assert (versions["python"], versions["numpy"]) == (platform.python_version(), numpy.__version__)
    assert torch.__version__.startswith(versions["torch"])


def test_what_is_not_installed_is_left_out(monkeypatch):
    monkeypatch.setattr(environment, "PACKAGES", ("numpy", "no-such-package-anywhere"))
    assert list(environment.versions()) == ["python", "numpy"]
