"""Loaded by every Python of a run: keeps below LADDER_DISK what a power loss would leave of results/.

Of a file that is the bytes of its last fsync, of a folder its names at its last fsync: a file of which only the name
got there is empty.
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
        # The number of a file that is gone may be another's: then the bytes are others.
        if content.exists() and content.read_bytes() == path.read_bytes():
            shutil.copy2(content, kept / name)
        else:
            (kept / name).write_bytes(b"")


os.fsync = _fsync_and_keep
