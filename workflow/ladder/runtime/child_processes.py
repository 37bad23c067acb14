"""Processes that end with the one that started them, however it ends: even a SIGKILL of it leaves no orphan at work."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread

PR_SET_PDEATHSIG = 1  # linux/prctl.h
SECONDS_BETWEEN_LOOKS = 0.5


def end_with(parent: int) -> None:
    """Have this process killed when the process `parent` ends; at once where it has ended already.

    Linux does that itself for the child of `parent`, or rather of the thread that started it. Elsewhere, and where a
    shell stands between the two (bash before 5.1), a thread looks every half second.
    """
    if sys.platform == "linux" and os.getppid() == parent:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() == parent:  # it had not ended before the call
            return
    Thread(target=_watch, args=(parent,), daemon=True).start()


def fork(work: Callable[[], None]) -> int:
    """Start a copy of this process that does `work`, and return its id.

    It ends with this one, and otherwise with exit status 0, or 1 where the work raises; it says nothing of that.
    """
    started_by = os.getpid()
    if process := os.fork():
        return process
    status = 1
    try:
        end_with(started_by)
        work()
        status = 0
    finally:
        os._exit(status)


def _watch(parent: int) -> None:
    while _lives(parent):
        time.sleep(SECONDS_BETWEEN_LOOKS)
    os.kill(os.getpid(), signal.SIGKILL)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's, so it is there
        pass
    with suppress(OSError):  # no /proc but on Linux
        # One that has ended and that nobody has asked for its status yet.
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return True
