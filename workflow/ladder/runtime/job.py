"""The frame of every script of the workflow: it keeps a log, prints errors as one sentence, and ends in time."""

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
    """Run the block as a job: copy its output to `log`, and end the process after it.

    The log holds everything on file descriptors 1 and 2, so the output of C libraries as well. `inputs` are checked
    against the checksums that their jobs recorded, and checksums of `outputs` are recorded
    (provenance/output_checksums.py). A record of times and machine is written beside the log.

    A `LadderError`, or a file that cannot be written, ends the process with one sentence and exit status 1. Any other
    exception is our own bug and keeps its traceback. The process is killed if the snakemake that started it ends first.
    """
    started = invocation.now()
    # The modules imported so far stay to the end, so the garbage collector need not scan them again and again.
    gc.freeze()
    # The Snakefile gives the process id, since a shell may stand between snakemake and this process.
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
        sys.exit(f"error: {error.filename}: {why}, and run again; finished results are kept")
    except KeyboardInterrupt:
        # Ctrl-C reaches every process of the terminal, and snakemake prints the message for all of them.
        sys.exit(128 + signal.SIGINT)
    # All files are written. A usual exit would spend another second to unload torch.
    _wait_for(tee)
    os._exit(0)


def _tee(log: str) -> subprocess.Popen:
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    # A separate process, tee, copies the output, so that the log also holds the output of a killed job. tee inherits
    # the block of Ctrl-C and ends with its input, since the job may still print after Ctrl-C.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    tee = subprocess.Popen(["tee", log], stdin=subprocess.PIPE)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.dup2(tee.stdin.fileno(), 1)
    os.dup2(1, 2)
    tee.stdin.close()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)
    # Python calls this after it has printed a traceback or an exit message, so the log holds them.
    atexit.register(_wait_for, tee)
    return tee


def _wait_for(tee: subprocess.Popen) -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.close()
    os.closerange(1, 3)
    tee.wait()
