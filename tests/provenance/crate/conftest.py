"""Two small studies and their crates: one of an archive with settings from all sides, one of a folder of images."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
SMALL = {"figures": ["ladder", "learning_curves"], "try_it": []}


class Studied:
    """A finished study in a copy of the project, and the call of `make crate` on it."""

    def __init__(self, project, dataset: str) -> None:
        self.project = project
        self.results = project.results(dataset)
        self.dataset = dataset
        self.path = self.results / f"{dataset}-crate.zip"

    def crate(self, *arguments: str, fails: bool = False) -> str:
        command = [sys.executable, "-m", "ladder.provenance.crate", self.dataset, *arguments]
        environment = os.environ | {"PYTHONPATH": str(self.project.folder / "workflow")}
        done = subprocess.run(
            command, cwd=self.project.folder, env=environment, text=True, capture_output=True, check=False
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def unpacked(self, folder: Path) -> Path:
        with zipfile.ZipFile(self.path) as archive:
            archive.extractall(folder)
        return folder


def project_in(folder, Project, archives=""):
    project = Project(folder, archives)
    for name in ("Makefile", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "docs", folder / "docs")
    return project


@pytest.fixture(scope="session")
def of_archive(tmp_path_factory, archive, Project):
    project = project_in(tmp_path_factory.mktemp("ann"), Project, str(archive("mnist_tiny.tgz").parent))
    outside = tmp_path_factory.mktemp("home-of-ann") / "mine.yaml"
    variants = {"cnn": {"epochs": 1}, "mine": {"model": "mlp", "options": {"hidden": 5}, "trainer": "loop"}}
    variants["mine"] |= {"optimizer": "sgd", "loss": "mnist_loss", "lr": 0.1, "epochs": 2, "batch_size": 64}
    settings = {"dataset": "mnist_tiny", "seeds": 1, "ladder": ["pixel_l1", "mine", "cnn"], "variants": variants}
    outside.write_text(yaml.safe_dump(SMALL | settings))
    overrides = ("seeds=2", "variants={mine: {lr: 0.2}}", f"archives=[{outside.parent}/archives]")
    project.snakemake("--cores", "2", "--configfile", str(outside), "--config", *overrides)
    studied = Studied(project, "mnist_tiny")
    studied.crate("--author", "Ann Author", "--publisher", "Her Institute")
    return studied


@pytest.fixture(scope="session")
def of_folder(tmp_path_factory, noise, write_folder, Project):
    project = project_in(tmp_path_factory.mktemp("bert"), Project)
    files = {path.replace("valid/", "Val/"): image for path, image in noise(train=8, valid=4).items()}
    images = write_folder(tmp_path_factory.mktemp("home-of-bert") / "letters", files)
    letters = {"kind": "folder", "path": str(images)}
    ladder = ["pixel_l2", "linear_optim"]
    project.overlay(SMALL | {"dataset": "letters", "seeds": 1, "ladder": ladder, "datasets": {"letters": letters}})
    project.snakemake("--cores", "2", "--configfile", "overlay.yaml")
    studied = Studied(project, "letters")
    studied.crate()
    studied.images = images
    return studied


@pytest.fixture
def changed(of_folder, tmp_path, Project):
    """A copy of the study of a folder, to be changed, whose crate is not yet made."""
    original = of_folder.project
    project = Project.__new__(Project)
    project.folder, project.archives = tmp_path / "copy", original.archives
    shutil.copytree(original.folder, project.folder, ignore=shutil.ignore_patterns("*-crate.zip"))
    return Studied(project, of_folder.dataset)
