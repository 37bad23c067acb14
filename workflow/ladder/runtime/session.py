"""The runs of a study: one at a time, and each starts by putting right what one that was cut off has left.

So the same command goes on after anything that ends a run. `python -m ladder.runtime.session` finds that command and
runs it.
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
PATIENCE = 2.0  # seconds; a dry run that starts holds the lock for a moment


def put_right(results: str) -> None:
    """Leave nothing of a run that was cut off that would mislead the next one; nothing to do where a run is at work.

    Raises LadderError where Snakemake's own folder cannot be made.
    """
    try:
        STATE.mkdir(exist_ok=True)
    except OSError as error:
        raise LadderError(f"{STATE.resolve()}: cannot be made, {hindrance(error) or error}, and run again") from error
    try:
        lock = locks.take(_lock_of(results), mode=0o666)
    except OSError:  # no right to write here: this may be a dry run, and otherwise Snakemake says so
        return
    if lock is not None:
        _forget_outputs_without_record(f"{results}/")
        if Path(results).is_dir():
            _bring_back_from_future(_without_halves(results))
        os.close(lock)


def claim(results: str, folder: Path | None = None) -> None:
    """Let no other run make `results` while this process lives. Raises LadderError naming the one that does.

    folder  where snakemake was called; the working folder unless it was given another one
    """
    path, command = _lock_of(results), shlex.join(["snakemake", *sys.argv[1:]])
    about = f"process {os.getpid()} on {socket.gethostname()} since {time.strftime('%H:%M:%S')}"
    ends = time.monotonic() + PATIENCE
    try:
        while locks.take(path, f"{about}\n{command}\n{folder or Path.cwd()}", mode=0o666) is None:
            if time.monotonic() > ends:
                other = ", ".join(path.read_text(encoding="utf-8").splitlines()[:2])
                raise LadderError(
                    f"{results}: another run is making it ({other}); wait for its end, or stop it with Ctrl-C where it "
                    "was started, and run again"
                )
            time.sleep(0.05)
    except OSError as error:
        print(f"{path}: no lock, {error.strerror}; see to it that no other run makes {results}", file=sys.stderr)


def folder_of_call(workdir: str | Path | None) -> Path:
    """Where snakemake was called that was given `workdir` (--directory), which is the working folder by now.

    Snakemake does not tell; the shell's PWD does, where it fits. If it does not, it is the working folder, which is as
    good where all paths of the call are absolute.
    """
    here = Path.cwd()
    place = Path(os.environ.get("PWD", here))
    return place if workdir is not None and (place / workdir).resolve() == here.resolve() else here


def last_command(state: Path = STATE) -> list[str]:
    """Arguments of the run that was started last. Raises LadderError where none was."""
    return shlex.split(_last_call(state)[1])[1:]


def last_folder(state: Path = STATE) -> Path:
    """Where the run that was started last was called, if that folder is still there, or else the working folder."""
    folder = Path(*_last_call(state)[2:])
    return folder if folder.is_dir() else Path()


def _last_call(state: Path) -> list[str]:
    files = sorted(state.glob("*.lock"), key=lambda path: path.stat().st_mtime)
    for path in reversed(files):
        text = path.read_text(encoding="utf-8")
        # A power loss may have left it empty, or cut; an older one has no folder.
        if len(lines := text.splitlines()) in (2, 3) and text.endswith("\n"):
            return lines
    raise LadderError(f"{state}: tells of no run to go on with; start one, for example by make run")


def _lock_of(results: str) -> Path:
    return STATE / f"{Path(results).name}.lock"


def _without_halves(folder: str) -> Iterator[os.DirEntry]:
    """All files below a folder; those that killed jobs were writing (formats/files.py, download.py) are removed."""
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
    """Remove the outputs whose record a full disk or a power loss cut off.

    By its record Snakemake notices a change of params; without, it would take the file as it is for ever.
    """
    for folder, _, names in os.walk(RECORDS):
        for name in names:
            record = Path(folder) / name
            # A long path's record lies in folders, each named by a part of it.
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
    """Make files that the clock says are from the future as old as now, in their order.

    They were written before the clock was set back. What is made now from changed inputs would seem older than they.
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
