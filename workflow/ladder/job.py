"""What every script of the workflow does around its work: keep a log, and say errors as one sentence."""

import atexit
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ladder import invocation
from ladder.errors import LadderError


@contextmanager
def job(log: str) -> Iterator[None]:
    """Copy all that the block prints (file descriptors 1 and 2, so that C libraries count too) to `log`.

    A `LadderError` ends the process with its sentence and exit status 1; any other exception is our own bug and
    keeps its traceback. The process ends with the block, and leaves a record of what it ran on beside the log.
    """
    started = invocation.now()
    tee = _tee(log)
    try:
        yield
    except LadderError as error:
        sys.exit(f"error: {error}")
    invocation.write_record(log, started)
    # All is written: taking torch and fastai apart, module by module, would take another second.
    _wait_for(tee)
    os._exit(0)


def _tee(log: str) -> subprocess.Popen:
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    # A process of its own copies: what a killed job had printed is in the log all the same.
    tee = subprocess.Popen(["tee", log], stdin=subprocess.PIPE)
    os.dup2(tee.stdin.fileno(), 1)
    os.dup2(1, 2)
    tee.stdin.close()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)
    # Python prints a traceback or an exit message before it runs this: both are in the log.
    atexit.register(_wait_for, tee)
    return tee


def _wait_for(tee: subprocess.Popen) -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.close()
    os.closerange(1, 3)
    tee.wait()
