import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ("Snakefile", "config.yaml", "workflow", "profiles", "envs")


class Project:
    """A copy of the project in a folder of its own, and snakemake in it."""

    def __init__(self, folder: Path, archives: str = "") -> None:
        self.folder = folder
        self.archives = archives
        for name in PROJECT:
            source = ROOT / name
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, folder / name, ignore=ignored) if source.is_dir() else shutil.copy(source, folder)

    def snakemake(self, *arguments: str, fails: bool = False) -> str:
        """Run snakemake and return what it printed; `fails` says which end is expected."""
        environment = os.environ | {"LADDER_ARCHIVES": self.archives, "HOME": str(self.folder)}
        command = [sys.executable, "-m", "snakemake", *arguments]
        done = subprocess.run(command, cwd=self.folder, env=environment, text=True, capture_output=True, check=False)
        printed = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, printed[-5000:]
        return printed

    def waiting(self, *arguments: str) -> dict[str, int]:
        """Jobs that a run would start, by rule; empty where nothing is to be done."""
        printed = self.snakemake("-n", *arguments, "--quiet", "rules")
        table = re.search(r"^job +count\n-+ +-+\n(.*?)^total", printed, re.MULTILINE | re.DOTALL)
        if table is None:
            assert "Nothing to be done" in printed, printed
            return {}
        return {rule: int(count) for rule, count in (line.split() for line in table[1].splitlines())}

    def overlay(self, settings: dict) -> str:
        path = self.folder / "overlay.yaml"
        path.write_text(yaml.safe_dump(settings))
        return str(path)

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.folder / path
        text = file.read_text()
        assert old in text, f"{path} has no {old!r}"
        file.write_text(text.replace(old, new, 1))

    def results(self, dataset: str) -> Path:
        return self.folder / "results" / dataset


@pytest.fixture(scope="session", name="Project")
def project_class() -> type[Project]:
    return Project


@pytest.fixture(scope="session")
def variants() -> dict:
    return yaml.safe_load((ROOT / "config.yaml").read_text())["variants"]


@pytest.fixture(scope="session")
def study(tmp_path_factory, archive, variants) -> Project:
    """The study of mnist_tiny in full: all variants, two seeds, one epoch."""
    project = Project(tmp_path_factory.mktemp("study"), str(archive("mnist_tiny.tgz").parent))
    once = {name: {"epochs": 1} for name in variants}
    project.overlay({"dataset": "mnist_tiny", "seeds": 2, "variants": once})
    project.snakemake("--cores", "2", "--resources", "gpu=1", "--configfile", "overlay.yaml")
    return project


@pytest.fixture
def project(tmp_path) -> Project:
    """The project without any archive at hand."""
    return Project(tmp_path)
