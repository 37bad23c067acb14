"""A shell that calls nothing, and a copy of the project with the files that the pages' commands ask for."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import runs
from tests.docs.written import ROOT, write_plug_ins

# Programs that the pages call. Each is replaced by a script that writes down its call.
PROGRAMS = ("git", "make", "pytest", "python", "snakemake", "xdg-open")
RECORDER = r"""#!/bin/bash
printf "%s\0" "$(basename "$0")" "$PYTHONPATH" "$@" >> "$CALLS"
printf "\n" >> "$CALLS"
"""


@dataclass(frozen=True)
class Call:
    """A call of a program: its name, its arguments, and PYTHONPATH."""

    program: str
    arguments: tuple[str, ...]
    path: str


@pytest.fixture(scope="session")
def calls(tmp_path_factory, clone):
    """`calls(text)`: the programs that a shell calls for a text, with their arguments. None of them runs."""
    folder, programs = tmp_path_factory.mktemp("shell"), tmp_path_factory.mktemp("programs")
    inside = folder / ".venv/bin"
    inside.mkdir(parents=True)
    (inside / "activate").touch()
    (folder / "digit-ladder").symlink_to(".")  # for a block that begins with a clone
    for name in PROGRAMS:
        for place in (programs, inside):
            (place / name).write_text(RECORDER)
            (place / name).chmod(0o755)

    def shell(text: str) -> list[Call]:
        record = folder / "calls"
        record.unlink(missing_ok=True)
        variables = {"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(clone.folder.parent), "CALLS": str(record)}
        done = subprocess.run(
            ["bash", "-euc", text], cwd=folder, env=variables, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), f"{text}\n{done.stderr}"
        lines = record.read_text().split("\0\n")[:-1] if record.exists() else []
        called = [line.split("\0") for line in lines]
        return [Call(name, tuple(rest), path) for name, path, *rest in called]

    return shell


@pytest.fixture(scope="session")
def clone(tmp_path_factory, Project):
    """The project as ~/digit-ladder, with the pages' plug-ins, beside the images that the pages name."""
    home = tmp_path_factory.mktemp("ann")
    folder = home / "digit-ladder"
    folder.mkdir()
    project = Project(folder)
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copytree(ROOT / "config", folder / "config", symlinks=True)
    write_plug_ins(folder)
    for split in ("train", "valid"):
        for label in ("a", "b"):
            (home / "data/letters" / split / label).mkdir(parents=True)
    return project


@pytest.fixture(scope="session")
def dry_run(clone):
    """`dry_run(arguments, settings, folder)`: what snakemake says that it would do, in the copy or beside it."""
    seen: dict[tuple, str] = {}

    def run(arguments: tuple[str, ...], settings: str = "seeds: 1\n", folder: Path = clone.folder) -> str:
        key = (arguments, settings if "mine.yaml" in arguments else "", folder)
        if key not in seen:
            (folder / "mine.yaml").write_text(settings)
            variables = {"HOME": str(clone.folder.parent), "LADDER_ARCHIVES": "", "LADDER_DEVICE": "cpu"}
            call = (*arguments, "-n", "--quiet", "rules")
            ended = runs.call(runs.snakemake, *call, folder=folder, environment=os.environ | variables)
            assert ended.status == 0, f"{arguments}\n{ended.printed}"
            seen[key] = ended.printed
        return seen[key]

    return run


@pytest.fixture
def project(tmp_path, Project):
    """A copy of the project of its own."""
    return Project(tmp_path)
