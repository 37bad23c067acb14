"""The call of snakemake that a job belongs to, and the record that each job leaves beside its log.

Results may stem from several calls: a variant of last week, on another machine. Each job says when and on what it ran.
"""

import json
import os
import re
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from ladder.errors import LadderError
from ladder.formats.files import write_json
from ladder.machine import environment

PROJECT = Path(__file__).resolve().parents[3]
VARIABLE = "LADDER_INVOCATION"
_AGREED: dict[str, object] = {}


def announce(arguments: list[str]) -> None:
    """Tell the jobs of this process of its `arguments` (those of snakemake), of now, and of the state of the code."""
    command = shlex.join(["snakemake", *(portable(argument) for argument in arguments)])
    os.environ[VARIABLE] = json.dumps({"command": command, "called": now(), **checkout(PROJECT)})


def agree(settings: dict[str, object]) -> bool:
    """Say whether this is the first study of this process; several are modules of one workflow.

    Raises LadderError where `settings`, which the process has but once, are not those of the first.
    """
    for key, value in settings.items():
        if _AGREED and _AGREED[key] != value:
            raise LadderError(
                f"config: {key}: {value} here, and {_AGREED[key]} in another module of this workflow; studies of one "
                "workflow share this setting, so give all of them the same"
            )
    is_first = not _AGREED
    _AGREED.update(settings)
    return is_first


def record(started: str) -> dict:
    """What made a job's outputs: the `invocation`, and the `machine`, `versions` and `variables` of this process."""
    return {
        "started": started,
        "ended": now(),
        "invocation": json.loads(os.environ.get(VARIABLE) or "null"),
        "machine": environment.machine(),
        "versions": environment.versions(),
        "variables": environment.variables(),
    }


def write_record(log: str, started: str) -> None:
    """Leave the record of a job that began at `started` beside its log."""
    write_json(path_of_record(log), record(started))


def path_of_record(log: str) -> Path:
    """Where the job with this log leaves its record."""
    return Path(log).with_suffix(".json")


def now() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def checkout(folder: Path) -> dict:
    """`commit` that is checked out in `folder`, and whether the tree is `clean`; None both where git does not know."""
    # Not a repository that merely surrounds a copy of the project, and no file of this one is touched.
    if _git(folder, "ls-files", "--error-unmatch", "Snakefile") is None:
        return {"commit": None, "clean": None}
    changes = _git(folder, "status", "--porcelain")
    return {"commit": _git(folder, "rev-parse", "HEAD"), "clean": None if changes is None else not changes}


def portable(text: str) -> str:
    """`text` without the paths of this machine and the users and passwords of addresses.

    Paths in this folder become relative, of others only the name stays.
    """
    text = re.sub(r"(?<=://)[^/@\s]*@", "", text.replace("file://", ""))
    if text.startswith(("/", "~")):
        return _portable_path(text)
    return re.sub(r"(?<![\w.:/~-])(?:~|/)[^\s,:;'\"\[\]{}()=]*", lambda found: _portable_path(found[0]), text)


def _portable_path(path: str) -> str:
    whole = Path(path).expanduser().absolute()
    if whole == Path.home():
        return "home"
    return str(whole.relative_to(Path.cwd())) if whole.is_relative_to(Path.cwd()) else whole.name


def _git(folder: Path, *arguments: str) -> str | None:
    # A hook's GIT_DIR would point elsewhere.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    # Another user's installation is trusted with its history as it is with its code, which runs.
    safe = ("-c", f"safe.directory={folder}")
    command = ["git", "--no-optional-locks", *safe, "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
