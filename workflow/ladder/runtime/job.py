"""What every script of the workflow does around its work: keep a log, say errors as one sentence, and end in time."""

import atexit
import gc
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from ladder.errors import LadderError
from ladder.formats.files import hindrance
from ladder.provenance import output_checksums
from ladder.runtime import child_processes, invocation


@contextmanager
def job(log: str, inputs: Collection[str] = (), outputs: Collection[str] = ()) -> Iterator[None]:
    """Copy all that the block prints (file descriptors 1 and 2, so that C libraries count too) to `log`.

    `inputs` are checked against the checksums of the jobs that wrote them, and those of `outputs` are kept
    (provenance/output_checksums.py).

    A `LadderError` ends the process with its sentence and exit status 1, and so does a file that cannot be written;
    any other exception is our own bug and keeps its traceback. The process ends with the block, and is killed when the
    snakemake that started it ends before. It leaves a record of what it ran on beside the log.
    """
    started = invocation.now()
    # What is imported by now stays to the end: the garbage collector need not look at it again and again.
    gc.freeze()
    # Named by the Snakefile: a shell may stand between the two.
    child_processes.end_with(int(os.environ.get("LADDER_SNAKEMAKE", os.getppid())))
    try:
        tee = _tee(log)
        with output_checksums.around(inputs, outputs):
            yield
        invocation.write_record(log, started)
    except LadderError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        if error.filename is None or (why := hindrance(error)) is None:
            raise
        sys.exit(f"error: {error.filename}: {why}, and run again; what is done is kept")
    except KeyboardInterrupt:
        # Ctrl-C reaches every process of the terminal; snakemake says so for all of them.
        sys.exit(128 + signal.SIGINT)
    # All is written: taking torch and fastai apart, module by module, would take another second.
    _wait_for(tee)
    os._exit(0)


def _tee(log: str) -> subprocess.Popen:
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    # A process of its own copies: what a killed job had printed is in the log all the same. It inherits that Ctrl-C is
    # blocked, and ends with its input: the job may have something to say.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    tee = subprocess.Popen(["tee", log], stdin=subprocess.PIPE)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
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
