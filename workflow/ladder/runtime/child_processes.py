"""Child processes that end when their parent process ends, even by SIGKILL: no orphan works on."""

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
    """Have this process killed when the process `parent` ends; at once if `parent` has ended already.

    Linux kills a child itself when the thread that started it ends. On other systems, and if a shell stands between
    the two processes (bash before 5.1), a thread of this process looks for `parent` every half second.
    """
    if sys.platform == "linux" and os.getppid() == parent:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() == parent:  # `parent` had not ended before the call
            return
    Thread(target=_watch, args=(parent,), daemon=True).start()


def fork(work: Callable[[], None]) -> int:
    """Start a copy of this process that does `work`, and return the copy's process id.

    The copy ends when this process ends. Its exit status is 0, or 1 if `work` raises; it prints no traceback.
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
    except PermissionError:  # the process is another user's, so it lives
        pass
    with suppress(OSError):  # only Linux has /proc
        # A zombie (Z) has ended, and its parent has not asked for its status yet.
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return True
