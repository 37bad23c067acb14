"""Runs `snakemake` as a user does, on a dataset or a setting that is bad, and says all that came of it."""

import ctypes
import multiprocessing
import os
import re
import resource
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
# Snakemake, imported once: a run is a fork of this server, and so a quarter of a second instead of one.
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["snakemake.cli", "pandas", "jsonschema"])
WHERE_SETTINGS_COME_FROM = ("Using workflow specific profile", "Config file")
# linux/prctl.h, linux/capability.h: numbers of a call and of two rights (to write and to read what permissions forbid),
# and version and process for capget
PR_CAPBSET_DROP, RIGHTS, THIS_PROCESS = 24, (1, 2), (0x20080522, 0)
PATIENCE = 500  # seconds, many times what any run here takes
READING = ("--cores", "1", "--until", "tensorize")
AFTER_A_JOB = re.compile(
    r"^(\[\w{3} \w{3} +\d|RuleException|WorkflowError|CalledProcessError|Shutting down)", re.MULTILINE
)


@dataclass
class Ended:
    """How a run ended: exit status, all that it printed, its files, and the largest job's memory."""

    status: int
    printed: str
    files: set[str] = field(default_factory=set)
    megabytes: float = 0.0

    @property
    def sentence(self) -> str:
        """The sentence that the user reads: the error of the job, or of the settings."""
        _, found, rest = self.printed.partition("\nerror: ")
        if found:
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
        """Run snakemake to its end, with files for temporary ones and for the home of its own."""
        before = self.files()
        own = {"TMPDIR": str(self.folder / "tmp"), "HOME": str(self.folder / "home"), "LADDER_ARCHIVES": ""}
        receiver, sender = SERVER.Pipe(duplex=False)
        process = SERVER.Process(target=_run, args=(str(self.folder), arguments, own | environment, sender))
        process.start()
        process.join(PATIENCE)
        ended = process.exitcode is not None
        process.terminate()
        assert ended, "it does not end"
        printed = (self.folder / ".printed").read_text(encoding="utf-8", errors="replace")
        megabytes = receiver.recv() / 1024 if receiver.poll() else 0.0
        return Ended(process.exitcode, printed, self.files() - before, megabytes)

    def study(self, dataset: dict, *arguments: str, stages: tuple[str, ...] = READING, **environment: str) -> Ended:
        """Run the stages that read a dataset: `download`, where there is an archive, and `tensorize`; or others."""
        settings = {"dataset": "zoo", "datasets": {"zoo": dataset}}
        (self.folder / "mine.yaml").write_text(yaml.safe_dump(settings))
        return self.snakemake(*stages, "--configfile", "mine.yaml", *arguments, **environment)

    def files(self) -> set[str]:
        """Files and links in and around the project but Snakemake's own, the logs, and what tests put there."""
        own = (
            ".snakemake",
            "results/zoo/logs",
            "results/zoo/benchmarks",
            "results/zoo/checksums",
            "home/.cache",
            ".printed",
            "mine.yaml",
        )
        found = set()
        for folder, folders, names in os.walk(self.folder):
            relative = Path(folder).relative_to(self.folder)
            folders[:] = [name for name in folders if str(relative / name) not in own]
            links = [name for name in folders if (Path(folder) / name).is_symlink()]
            found |= {str(relative / name) for name in (*names, *links)}
        return {name for name in found if name not in own}


def _obey_permissions() -> None:
    """Let permissions hold for this process and all that it starts, also for root, whom they do not stop."""
    if os.geteuid() != 0:
        return
    libc, header, rights = ctypes.CDLL(None), (ctypes.c_uint32 * 2)(*THIS_PROCESS), (ctypes.c_uint32 * 6)()
    libc.capget(header, rights)
    for right in RIGHTS:
        libc.prctl(PR_CAPBSET_DROP, right, 0, 0, 0)  # of programs that are started
        rights[0] &= ~(1 << right)  # in use
        rights[1] &= ~(1 << right)  # to be had
    libc.capset(header, rights)


def _run(folder: str, arguments: tuple[str, ...], environment: dict[str, str], sender) -> None:
    from snakemake.cli import main

    _obey_permissions()
    os.chdir(folder)
    os.environ.update(environment)
    output = os.open(".printed", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.argv = ["snakemake", *arguments]
    try:
        main(list(arguments))
    finally:
        sender.send(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.fixture
def refused():
    def refused(ended: Ended, sentence: str, files: tuple[str, ...] = ()) -> None:
        """The run ended with just this sentence; of all that it could have written there are just `files`."""
        assert ended.sentence == sentence
        assert ended.status == 1
        assert "Traceback" not in ended.printed
        assert ended.files == set(files)

    return refused
