"""The call of snakemake that a job belongs to, and the record that each job leaves beside its log.

The results of a study may come from several calls, for example a call last week on another machine. So each job
records when it ran, and on what machine.
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
from ladder.provenance import software

PROJECT = Path(__file__).resolve().parents[3]
VARIABLE = "LADDER_INVOCATION"
_AGREED: dict[str, object] = {}


def announce(arguments: list[str]) -> None:
    """Pass this call to its jobs in an environment variable: snakemake's `arguments`, the time, the code's commit."""
    command = shlex.join(["snakemake", *(portable(argument) for argument in arguments)])
    os.environ[VARIABLE] = json.dumps({"command": command, "called": now(), **checkout(PROJECT)})


def agree(settings: dict[str, object]) -> bool:
    """Return whether this is the first study of this process. Modules of one workflow may be several studies.

    Raises LadderError if `settings`, which all studies of a process share, differ from the settings of the first study.
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
    """Return a job's record: its times, its `invocation`, and this process's `machine`, `versions` and `variables`."""
    return {
        "started": started,
        "ended": now(),
        "invocation": json.loads(os.environ.get(VARIABLE) or "null"),
        "machine": environment.machine(),
        "versions": software.versions(),
        "variables": environment.variables(),
    }


def write_record(log: str, started: str) -> None:
    """Write the record of a job that began at `started` beside its log."""
    write_json(path_of_record(log), record(started))


def path_of_record(log: str) -> Path:
    """Return the path of the record of the job with this log."""
    return Path(log).with_suffix(".json")


def now() -> str:
    """Return the time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def checkout(folder: Path) -> dict:
    """Return the `commit` checked out in `folder`, and whether the tree is `clean`; None if git cannot tell."""
    # A repository that merely surrounds a copy of the project does not track the Snakefile, and does not count.
    if _git(folder, "ls-files", "--error-unmatch", "Snakefile") is None:
        return {"commit": None, "clean": None}
    changes = _git(folder, "status", "--porcelain")
    return {"commit": _git(folder, "rev-parse", "HEAD"), "clean": None if changes is None else not changes}


def portable(text: str) -> str:
    """Return `text` without this machine's paths, and without users and passwords in addresses.

    A path in the working folder becomes relative. Any other path is cut to its last name.
    """
    text = re.sub(r"(?<=://)[^/@\s]*@", "", text.replace("file://", ""))
    if text.startswith(("/", "~")):
        return _portable_path(text)
    return re.sub(r"(?<![\w.:/~-])(?:~|/)[^\s,:;'\"\[\]{}()=]*", lambda match: _portable_path(match[0]), text)


def _portable_path(path: str) -> str:
    whole = Path(path).expanduser().absolute()
    if whole == Path.home():
        return "home"
    return str(whole.relative_to(Path.cwd())) if whole.is_relative_to(Path.cwd()) else whole.name


def _git(folder: Path, *arguments: str) -> str | None:
    # A git hook sets GIT_DIR, which would point to another repository.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    # git refuses another user's repository. It is trusted here, since the code in it runs anyway.
    safe = ("-c", f"safe.directory={folder}")
    command = ["git", "--no-optional-locks", *safe, "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
