"""The temporary folder of the measurements, with the images, the tensors, and copies of the project."""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from functools import cached_property
from pathlib import Path

import yaml

from benchmarks.measure import ROOT, Usage, run
from ladder.config import study as config
from ladder.config.sources import archive_name
from ladder.config.study import Study
from ladder.download import download
from ladder.errors import LadderError

DATASET = "mnist_sample"
PIPELINE = ("Snakefile", "config.yaml", "workflow", "profiles", "envs")
PYTHON = Path(sys.executable)
SNAKEMAKE = PYTHON.parent / "snakemake"


class Place:
    """The data and the projects that the rows share, each made when a row first asks for it."""

    def __init__(self, root: Path, cores: int) -> None:
        self.root, self.cores = root, cores

    @cached_property
    def study(self) -> Study:
        """The default study, from the checkout's config.yaml."""
        return config.load(yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8")) | {"dataset": DATASET})

    @cached_property
    def archive(self) -> Path:
        """The verified archive, which is found or downloaded as by the pipeline."""
        source, folder = self.study.source, self.root / "archive"
        folder.mkdir()
        path = folder / archive_name(source["sources"])
        verified_by = {key: source.get(key) for key in ("sha256", "size", "md5_1mb")}
        download(source["sources"], str(path), self.study.settings["archives"], **verified_by)
        return path

    @cached_property
    def images(self) -> Path:
        """The unpacked folder of images, with its files in the page cache."""
        folder = self.root / "images"
        with tarfile.open(self.archive) as archive:
            archive.extractall(folder, filter="data")
        for path in folder.rglob("*.png"):
            path.read_bytes()
        return folder / self.archive.name.partition(".")[0]

    @cached_property
    def environment(self) -> dict[str, str]:
        """Variables for child processes, which find the archive, and no library but their own project's."""
        folders = [str(self.archive.parent), os.environ.get("LADDER_ARCHIVES", "")]
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return kept | {"LADDER_ARCHIVES": os.pathsep.join(filter(None, folders))}

    @cached_property
    def tensors(self) -> dict[str, Path]:
        """Split to its tensor file, as the pipeline writes it."""
        tensors = [f"results/{DATASET}/tensorize/{split}.safetensors" for split in ("train", "valid")]
        project = self.copy()
        self.snakemake(project, *tensors)
        return {split: project / path for split, path in zip(("train", "valid"), tensors, strict=True)}

    def copy(self, overlay: dict | None = None) -> Path:
        """Return a new folder with the project's tracked files and no results; `overlay` becomes its overlay.yaml."""
        folder = Path(tempfile.mkdtemp(prefix="project-", dir=self.root))
        try:
            listed = subprocess.run(
                ["git", "ls-files", "-z", *PIPELINE], cwd=ROOT, text=True, capture_output=True, check=True
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise LadderError(
                f"{ROOT}: the benchmark copies the files that git tracks, and git says {error}"
            ) from error
        for name in filter(None, listed.stdout.split("\0")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name, follow_symlinks=False)  # workflow/profiles is a link
        (folder / "overlay.yaml").write_text(yaml.safe_dump(overlay or {"dataset": DATASET}), encoding="utf-8")
        return folder

    def snakemake(self, project: Path, *arguments: str) -> Usage:
        """Run Snakemake in a copy of the project, as its users do."""
        settings = ["--resources", "gpu=1", "--configfile", "overlay.yaml", "--cores", str(self.cores)]
        return run([SNAKEMAKE, *settings, *arguments], project, self.environment)

    def cold_study(self, overlay: dict | None = None) -> tuple[Path, Usage]:
        """Run a study from the archive to the report in a new copy."""
        project = self.copy(overlay)
        return project, self.snakemake(project)

    @cached_property
    def finished_study(self) -> tuple[Path, Usage]:
        """The folder and the cost of a default study that ran cold."""
        return self.cold_study()

    def notebook(self) -> Usage:
        """Run the whole notebook."""
        return run([sys.executable, Path(__file__).parent / "notebook.py", self.images], env=self.environment)
