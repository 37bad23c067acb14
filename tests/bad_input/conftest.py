"""Runs `snakemake`, or one of its jobs, on bad data or bad settings, and tells how the run ended."""

import copy
import ctypes
import os
import re
import runpy
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from tests import runs

ROOT = Path(__file__).resolve().parents[2]
WHERE_SETTINGS_COME_FROM = ("Using workflow specific profile", "Config file")
# linux/prctl.h, linux/capability.h: numbers of a call and of two rights (to write and to read against permissions),
# and version and process for capget
PR_CAPBSET_DROP, RIGHTS, THIS_PROCESS = 24, (1, 2), (0x20080522, 0)
PATIENCE = 500  # seconds, many times as long as any run here takes
READING = ("--cores", "1", "--until", "tensorize")
AFTER_A_JOB = re.compile(
    r"^(\[\w{3} \w{3} +\d|RuleException|WorkflowError|CalledProcessError|Shutting down)", re.MULTILINE
)
TENSORIZED = ("train.safetensors", "valid.safetensors", "test.safetensors", "index.csv", "facts.json")


@dataclass
class Ended:
    """How a run ended: exit status, output, files, and the memory that its largest job took on top."""

    status: int
    printed: str
    files: set[str] = field(default_factory=set)
    megabytes: float = 0.0

    @property
    def sentence(self) -> str:
        """The sentence that the user reads: the error of the job, or of the settings."""
        _, separator, rest = f"\n{self.printed}".partition("\nerror: ")
        if separator:
            return rest[: match.start()].strip() if (match := AFTER_A_JOB.search(rest)) else rest.strip()
        lines = [line for line in self.printed.splitlines() if not line.startswith(WHERE_SETTINGS_COME_FROM)]
        return "\n".join(lines).strip()


class Place:
    """A folder with the project in it, where a user has put some data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("Snakefile", "config.yaml"):
            shutil.copy(ROOT / name, folder)
        for name in ("workflow", "profiles", "envs"):
            (folder / name).symlink_to(ROOT / name)
        (folder / "tmp").mkdir()
        (folder / "home").mkdir()

    def snakemake(self, *arguments: str, **environment: str) -> Ended:
        """Run snakemake to its end, with a home and a folder for temporary files of its own."""
        return self._run(_snakemake, arguments, environment)

    def study(self, dataset: dict, *arguments: str, stages: tuple[str, ...] = READING, **environment: str) -> Ended:
        """Run the stages that read a dataset (`download` for an archive, and `tensorize`), or other stages."""
        settings = {"dataset": "zoo", "datasets": {"zoo": dataset}}
        (self.folder / "mine.yaml").write_text(yaml.safe_dump(settings))
        return self.snakemake(*stages, "--configfile", "mine.yaml", *arguments, **environment)

    def read(self, dataset: dict, limits: dict[str, float] | None = None) -> Ended:
        """Run the scripts of the same two stages without Snakemake, as it would.

        `limits` are values for constants of ladder.download.
        """
        ended = Ended(0, "")
        for script in ["download", "tensorize"] if dataset["kind"] == "archive" else ["tensorize"]:
            stage = self._run(_job, (script, dataset, limits or {}), {"NO_PROXY": "127.0.0.1"})
            megabytes = max(ended.megabytes, stage.megabytes)
            ended = Ended(stage.status, ended.printed + stage.printed, ended.files | stage.files, megabytes)
            if stage.status != 0:
                break
        return ended

    def _run(self, function, arguments: tuple, environment: dict[str, str]) -> Ended:
        before = self.files()
        own = {"TMPDIR": str(self.folder / "tmp"), "HOME": str(self.folder / "home"), "LADDER_ARCHIVES": ""}
        called = runs.call(
            function, *arguments, folder=self.folder, environment=os.environ | own | environment, seconds=PATIENCE
        )
        return Ended(called.status, called.printed, self.files() - before, called.megabytes)

    def files(self) -> set[str]:
        """Return files and links in and around the project, without Snakemake's own, logs, and files of the tests."""
        own = (
            ".snakemake",
            "results/zoo/logs",
            "results/zoo/benchmarks",
            "results/zoo/checksums",
            "home/.cache",
            "mine.yaml",
        )
        paths = set()
        for folder, folders, names in os.walk(self.folder):
            relative = Path(folder).relative_to(self.folder)
            folders[:] = [name for name in folders if str(relative / name) not in own]
            links = [name for name in folders if (Path(folder) / name).is_symlink()]
            paths |= {str(relative / name) for name in (*names, *links)}
        return {name for name in paths if name not in own}


def _obey_permissions() -> None:
    """Make permissions hold for this process and its children, even for root, whom they do not stop."""
    if os.geteuid() != 0:
        return
    libc, header, rights = ctypes.CDLL(None), (ctypes.c_uint32 * 2)(*THIS_PROCESS), (ctypes.c_uint32 * 6)()
    libc.capget(header, rights)
    for right in RIGHTS:
        libc.prctl(PR_CAPBSET_DROP, right, 0, 0, 0)  # for child programs
        rights[0] &= ~(1 << right)  # effective
        rights[1] &= ~(1 << right)  # permitted
    libc.capset(header, rights)


def _snakemake(*arguments: str) -> None:
    _obey_permissions()
    runs.snakemake(*arguments)


def _job(script: str, dataset: dict, limits: dict[str, float]) -> None:
    """Run a script of the workflow as a job with the inputs, outputs and params that its rule gives."""
    from snakemake.iocontainers import OutputFiles

    from ladder import download
    from ladder.config import sources, study

    _obey_permissions()
    for name, value in limits.items():
        setattr(download, name, value)
    settings = yaml.safe_load(Path("config.yaml").read_text()) | {"dataset": "zoo"}
    settings["datasets"]["zoo"] = copy.deepcopy(dataset)
    zoo = study.load(settings)
    location, inputs = zoo.source.get("path"), []
    if "sources" in zoo.source:
        location = f"results/zoo/download/{sources.archive_name(zoo.source['sources'])}"
        inputs = [location]
    if script == "download":
        inputs, outputs = [], {"archive": location}
        cfg = {key: zoo.source.get(key) for key in ("sources", "sha256", "size", "md5_1mb")}
    else:
        outputs = {name.partition(".")[0]: f"results/zoo/tensorize/{name}" for name in TENSORIZED}
        cfg = zoo.tensor_settings
    for path in outputs.values():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    job = SimpleNamespace(log=[f"results/zoo/logs/{script}.log"], threads=1, config=settings, input=inputs)
    job.output, job.params = OutputFiles(fromdict=outputs), SimpleNamespace(cfg=cfg, location=location)
    runpy.run_path(str(ROOT / f"workflow/scripts/{script}.py"), {"snakemake": job})


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.fixture
def refused():
    def refused(ended: Ended, sentence: str, files: tuple[str, ...] = ()) -> None:
        """Check that the run ended with just this sentence, and left just `files` of all that it could have written."""
        assert ended.sentence == sentence
        assert ended.status == 1
        assert "Traceback" not in ended.printed
        assert ended.files == set(files)

    return refused
