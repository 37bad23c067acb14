"""The operating system's locks on files. The kernel drops a lock when its process ends, even by a kill.

So there is nothing to clean up. A lock by `lockf` belongs to one process; its child processes do not hold it.
"""

import fcntl
import os
from pathlib import Path


def take(path: Path, text: str | None = None, mode: int = 0o600) -> int | None:
    """Lock a file until this process ends or closes the returned file descriptor; None if another process holds it.

    `text`, if given, is written to the file; it tells readers who holds the lock. Raises OSError if files cannot be
    locked.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, mode)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # the system decides which one
        os.close(file)
        return None
    if os.fstat(file).st_nlink == 0:  # removed since it was opened, so other processes lock a new file of this name
        os.close(file)
        return None
    if text is not None:
        os.truncate(file, 0)
        os.write(file, f"{text}\n".encode())
    return file
