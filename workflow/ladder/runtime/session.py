"""The runs of a study. One run works at a time, and it starts by removing the remains of an interrupted run.

So the same command continues the study after any interruption. `python -m ladder.runtime.session` finds that command
and runs it.
"""

import os
import shlex
import shutil
import socket
import sys
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator
from pathlib import Path

from ladder.errors import LadderError
from ladder.formats.files import hindrance
from ladder.runtime import locks

STATE = Path(".snakemake")  # Snakemake's own folder
RECORDS = STATE / "metadata"
PATIENCE = 2.0  # seconds to wait for the lock: a dry run holds it for a moment at its start


def put_right(results: str) -> None:
    """Remove or repair files of an interrupted run that would mislead the next one; do nothing while a run works.

    Raises LadderError if Snakemake's own folder cannot be made.
    """
    try:
        STATE.mkdir(exist_ok=True)
    except OSError as error:
        raise LadderError(f"{STATE.resolve()}: cannot be made, {hindrance(error) or error}, and run again") from error
    try:
        lock = locks.take(_lock_of(results), mode=0o666)
    except OSError:  # the folder is read-only: a dry run need not write, and any other run gets Snakemake's own error
        return
    if lock is not None:
        _forget_outputs_without_record(f"{results}/")
        for half in STATE.glob(f".{manifest_of_images(results).name}.*.part"):
            half.unlink(missing_ok=True)
        if Path(results).is_dir():
            _bring_back_from_future(_without_halves(results))
        os.close(lock)


def claim(results: str, folder: Path | None = None) -> None:
    """Let no other run make `results` while this process lives. Raises LadderError, naming the run, if another does.

    folder  the folder where snakemake was called; by default the working folder
    """
    path, command = _lock_of(results), shlex.join(["snakemake", *sys.argv[1:]])
    about = f"process {os.getpid()} on {socket.gethostname()} since {time.strftime('%H:%M:%S')}"
    ends = time.monotonic() + PATIENCE
    try:
        while locks.take(path, f"{about}\n{command}\n{folder or Path.cwd()}", mode=0o666) is None:
            if time.monotonic() > ends:
                holder = ", ".join(path.read_text(encoding="utf-8").splitlines()[:2])
                raise LadderError(
                    f"{results}: another run is making it ({holder}); wait for its end, or stop it with Ctrl-C where "
                    "it was started, and run again"
                )
            time.sleep(0.05)
    except OSError as error:
        print(
            f"{path}: cannot be locked, {error.strerror}; make sure that no other run makes {results}", file=sys.stderr
        )


def folder_of_call(workdir: str | Path | None) -> Path:
    """Return the folder where snakemake was called with `workdir` (--directory), which is now the working folder.

    Snakemake does not tell this folder. The shell's PWD is this folder if `workdir`, seen from there, is the working
    folder. If not, return the working folder, which serves as well if all paths of the call are absolute.
    """
    here = Path.cwd()
    place = Path(os.environ.get("PWD", here))
    return place if workdir is not None and (place / workdir).resolve() == here.resolve() else here


def last_command(state: Path = STATE) -> list[str]:
    """Return the arguments of the run that was started last. Raises LadderError if there was no run."""
    return shlex.split(_last_call(state)[1])[1:]


def last_folder(state: Path = STATE) -> Path:
    """Return the folder where the last run was called, if it still exists, or else the working folder."""
    folder = Path(*_last_call(state)[2:])
    return folder if folder.is_dir() else Path()


def _last_call(state: Path) -> list[str]:
    files = sorted(state.glob("*.lock"), key=lambda path: path.stat().st_mtime)
    for path in reversed(files):
        text = path.read_text(encoding="utf-8")
        # A power loss may have left the file empty or cut. A file of an older version has no line with the folder.
        if len(lines := text.splitlines()) in (2, 3) and text.endswith("\n"):
            return lines
    raise LadderError(f"{state}: there is no run to continue; start one, for example by make run")


def manifest_of_images(results: str) -> Path:
    """Return the path of the manifest of a study's images (images/fingerprint.py)."""
    return STATE / f"{Path(results).name}.images"


def _lock_of(results: str) -> Path:
    return STATE / f"{Path(results).name}.lock"


def _without_halves(folder: str) -> Iterator[os.DirEntry]:
    """Yield all files below a folder, and remove unfinished files of killed jobs (formats/files.py, download.py)."""
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            if entry.name.startswith(".download-"):
                shutil.rmtree(entry)
            else:
                yield from _without_halves(entry.path)
        elif entry.name.startswith(".") and entry.name.endswith(".part"):
            Path(entry).unlink()
        else:
            yield entry


def _forget_outputs_without_record(prefix: str) -> None:
    """Remove outputs whose Snakemake record was cut off by a full disk or a power loss.

    Snakemake notices a change of params by the record. Without a record it would never make the output anew.
    """
    for folder, _, names in os.walk(RECORDS):
        for name in names:
            record = Path(folder) / name
            # The record of a long path lies in nested folders; each folder's name is a part of the record's name.
            parts = [part.removeprefix("@") for part in record.relative_to(RECORDS).parts]
            output = urlsafe_b64decode("".join(parts)).decode()
            if output.startswith(prefix) and not _is_whole(record):
                Path(output).unlink(missing_ok=True)
                record.unlink()


def _is_whole(record: Path) -> bool:
    with open(record, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        return file.read(1) == b"}"


def _bring_back_from_future(files: Iterable[os.DirEntry]) -> None:
    """Set the times of files from the future to now, and keep their order.

    These files were written before the clock was set back. Files made now would seem older.
    """
    now = time.time_ns()
    written = {file.path: file.stat(follow_symlinks=False).st_mtime_ns for file in files}
    future = sorted({moment for moment in written.values() if moment > now})
    past = {moment: now - len(future) + place for place, moment in enumerate(future)}
    for path, moment in written.items():
        if moment in past:
            os.utime(path, ns=(past[moment], past[moment]), follow_symlinks=False)


if __name__ == "__main__":
    try:
        command = [sys.executable, "-m", "snakemake", *last_command(), *sys.argv[1:]]
    except LadderError as error:
        sys.exit(str(error))
    print(shlex.join(["snakemake", *command[3:]]), flush=True)
    os.chdir(last_folder())
    os.execv(sys.executable, command)
