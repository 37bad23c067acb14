"""Every Python of a run loads this: it keeps below LADDER_DISK the part of results/ that a power loss would leave.

A file keeps the bytes of its last fsync, and a folder keeps its names at its last fsync. A file is empty if only its
name got there.
"""

import os
import shutil
import stat
from pathlib import Path

_fsync, _contents = os.fsync, Path(os.environ["LADDER_DISK"] + ".contents")


def _fsync_and_keep(file):
    _fsync(file)
    path, status = Path(f"/proc/self/fd/{file}").readlink(), os.fstat(file)
    if not path.is_relative_to(Path.cwd() / "results"):
        return
    if stat.S_ISDIR(status.st_mode):
        _keep_names(path, Path(os.environ["LADDER_DISK"], path.relative_to(Path.cwd())))
    else:
        _contents.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, _contents / str(status.st_ino))


def _keep_names(folder, kept):
    kept.mkdir(parents=True, exist_ok=True)
    names = {path.name: path for path in folder.iterdir() if path.is_file()}
    for path in kept.iterdir():
        if path.is_file() and path.name not in names:
            path.unlink()
    for name, path in names.items():
        content = _contents / str(path.stat().st_ino)
        # The number of a removed file may be used again: then the bytes differ.
        if content.exists() and content.read_bytes() == path.read_bytes():
            shutil.copy2(content, kept / name)
        else:
            (kept / name).write_bytes(b"")


os.fsync = _fsync_and_keep
