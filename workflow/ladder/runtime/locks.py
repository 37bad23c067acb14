"""Locks of the operating system on files: the kernel drops them when their process ends, however it ends.

There is nothing to clean up. Locks by `lockf` belong to one process: those that it forks or starts do not hold them.
"""

import fcntl
import os
from pathlib import Path


def take(path: Path, text: str | None = None, mode: int = 0o600) -> int | None:
    """Lock a file for the life of this process, or until what is returned is closed; None where another process has it.

    `text`, if any, tells those that read the file who holds it. Raises OSError where files cannot be locked.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, mode)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # which of them depends on the system
        os.close(file)
        return None
    if os.fstat(file).st_nlink == 0:  # removed since it was opened: others lock a new file of this name
        os.close(file)
        return None
    if text is not None:
        os.truncate(file, 0)
        os.write(file, f"{text}\n".encode())
    return file
