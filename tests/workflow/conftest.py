from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def variants() -> dict:
    return yaml.safe_load((ROOT / "config.yaml").read_text())["variants"]


@pytest.fixture(scope="session")
def study(tmp_path_factory, archive, variants, Project):
    """The study of mnist_tiny in full: all variants, two seeds, one epoch."""
    project = Project(tmp_path_factory.mktemp("study"), str(archive("mnist_tiny.tgz").parent))
    once = {name: {"epochs": 1} for name in variants}
    short = {"mnist_tiny": {"recipe": {"min_steps": 0, "min_steps_per_class": 0}}}
    project.overlay({"dataset": "mnist_tiny", "seeds": 2, "datasets": short, "variants": once})
    project.snakemake("--cores", "2", "--resources", "gpu=1", "--configfile", "overlay.yaml")
    return project


@pytest.fixture
def project(tmp_path, Project):
    """The project without any archive at hand."""
    return Project(tmp_path)
