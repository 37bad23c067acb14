"""Measures the cost of child processes, and two functions by turns."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ladder.errors import LadderError

ROOT = Path(__file__).resolve().parent.parent
TAIL = 2000  # characters of a failed command's output that are shown


@dataclass(frozen=True)
class Usage:
    """The cost of a process and its children. The peak is that of the largest single process among them."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int


def run(command: list, cwd: Path = ROOT, env: dict[str, str] | None = None) -> Usage:
    """Run a command to its end, imports included. Raises LadderError with the end of its output if it fails."""
    with tempfile.TemporaryDirectory(prefix="ladder-usage-") as folder:
        answer, command = Path(folder) / "usage.json", list(map(str, command))
        launch = [sys.executable, "-S", str(ROOT / "benchmarks/launch.py"), str(answer), *command]
        done = subprocess.run(
            launch, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )
        if done.returncode != 0:
            _fail(command, done.returncode, done.stdout)
        return Usage(**json.loads(answer.read_text(encoding="utf-8")))


def ask(*scripts: list, env: dict[str, str] | None = None) -> list[dict]:
    """Run Python scripts at the same time, each in a fresh process; return what each printed as JSON, its last line."""
    started = [
        subprocess.Popen(
            [sys.executable, *map(str, script)],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for script in scripts
    ]
    answers = []
    for process in started:
        with _stopped(*started):
            printed, errors = process.communicate()
        if process.returncode != 0:
            _fail(process.args, process.returncode, printed + errors)
        answers.append(json.loads(printed.splitlines()[-1]))
    return answers


def by_turns(
    ours: Callable[[int], float], theirs: Callable[[int], float], pairs: int
) -> tuple[list[float], list[float]]:
    """Measure ours, then theirs, `pairs` times, so that a machine that slows down slows both; numbers from 0."""
    measured = [(ours(number), theirs(number)) for number in range(pairs)]
    return [pair[0] for pair in measured], [pair[1] for pair in measured]


@contextmanager
def _stopped(*processes: subprocess.Popen) -> Iterator[None]:
    """End these processes if this process is interrupted."""
    try:
        yield
    except BaseException:
        for process in processes:
            process.terminate()
        raise


def _fail(command: list, status: int, printed: str) -> None:
    text = " ".join(map(str, command))
    raise LadderError(f"{text}: ended with exit status {status}. Its last words:\n{printed[-TAIL:].strip()}")
