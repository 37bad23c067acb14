"""Calls of Snakemake without its start: each call is a fork of a server that has imported Snakemake once."""

import multiprocessing
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SERVER = multiprocessing.get_context("forkserver")
# Modules that every call imports, without the project's library, since each copy of the project has its own.
SERVER.set_forkserver_preload(
    [
        *("pytest", "snakemake.cli", "snakemake.report.html_reporter", "snakemake.storage", "pandas", "jsonschema"),
        *("numpy", "PIL.Image", "requests", "smart_open", "yte", "docutils.parsers.rst.directives.images", "jinja2"),
    ]
)


@dataclass(frozen=True)
class Ended:
    """The end of a call: its exit status, its output, and the memory that its largest process took on top."""

    status: int
    printed: str
    megabytes: float


def call(
    function: Callable, *arguments, folder: Path, environment: dict[str, str], seconds: float | None = None
) -> Ended:
    """Call a function of a module in a process of its own, in `folder`, with this environment and no other.

    The function may end its process as a program does, with `sys.exit`. It must end within so many seconds.
    """
    with tempfile.NamedTemporaryFile() as output:
        receiver, sender = SERVER.Pipe(duplex=False)
        given = (function, arguments, str(folder), environment, output.name, sender)
        process = SERVER.Process(target=_run, args=given)
        process.start()
        sender.close()
        process.join(seconds)
        ended = process.exitcode is not None
        process.terminate()
        assert ended, "it does not end"
        printed = output.read().decode(errors="replace")
        return Ended(process.exitcode, printed, receiver.recv() if receiver.poll() else 0.0)


def snakemake(*arguments: str) -> None:
    """Do what the command `snakemake` does."""
    from snakemake.cli import main

    sys.argv = ["snakemake", *arguments]
    main(list(arguments))


def _run(function, arguments, folder, environment, output, sender) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number in (1, 2):
        os.dup2(os.open(output, os.O_WRONLY | os.O_APPEND), number)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if (child := os.fork()) == 0:
        function(*arguments)
        return
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGKILL))
    _, status, usage = os.wait4(child, 0)
    sender.send((usage.ru_maxrss - before) / 1024)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
