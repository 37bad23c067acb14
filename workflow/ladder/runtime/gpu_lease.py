"""Leases of GPUs: jobs that run at the same time on one machine get different GPUs.

Snakemake counts GPUs, but does not say which one a job has (its issue 281). So a job looks for a free GPU itself, and
holds it by a lock that ends with the process (ladder/runtime/locks.py).
"""

import os
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from ladder.errors import LadderError
from ladder.machine.device import nvidia_gpus
from ladder.runtime import locks

# Variables with the id of a batch system's job. Such a job may number its own GPUs from 0, so two jobs on one machine
# may give the same number to different GPUs.
BATCH_JOBS = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID")
SECONDS_BETWEEN_LOOKS = 0.2


def take(device: str, jobs_per_gpu: int) -> None:
    """Wait for a free GPU if `device` is `cuda`, and set CUDA_VISIBLE_DEVICES so that this process sees no other GPU.

    Call this before torch is imported. Raises LadderError if the process may use no GPU.
    """
    if device != "cuda":
        return
    gpus = nvidia_gpus()
    if not gpus:
        mask = os.environ.get("CUDA_VISIBLE_DEVICES")
        why = (
            "no NVIDIA driver lists one here" if mask is None else f"CUDA_VISIBLE_DEVICES is {mask!r}, which hides all"
        )
        raise LadderError(f"device: cuda is asked for, but there is no GPU to use: {why}; `device: cpu` needs none")
    # The Snakefile sets LADDER_GPUS, the number of GPUs to use, for a study on one machine.
    wanted = int(os.environ.get("LADDER_GPUS", len(gpus)))
    os.environ["CUDA_VISIBLE_DEVICES"] = lease(gpus, wanted, jobs_per_gpu)


def lease(gpus: list[str], wanted: int, jobs_per_gpu: int, folder: Path | None = None) -> str:
    """Return one of `gpus` that fewer than `jobs_per_gpu` processes hold; this process holds it until it ends.

    Jobs spread over the first `wanted` GPUs before two of them share one. The other GPUs are used only if these are
    full. In that case another study has jobs on them, since a study runs at most `wanted` times `jobs_per_gpu` jobs.
    If all GPUs are full, this function waits. `folder` holds the locks; by default it is `own_folder()`.
    """
    folder = own_folder() if folder is None else folder
    slots = {
        folder / f"{quote(gpu, safe='')}.{slot}": gpu
        for group in (gpus[:wanted], gpus[wanted:])
        for slot in range(jobs_per_gpu)
        for gpu in group
    }
    waiting = False
    while True:
        for path, gpu in slots.items():
            if locks.take(path, str(os.getpid())) is not None:
                return gpu
        if not waiting:
            holders = ", ".join(path.read_text(encoding="utf-8").strip() for path in slots)
            print(f"all GPUs ({', '.join(gpus)}) are in use, by the processes {holders}: waiting for one")
            waiting = True
        time.sleep(SECONDS_BETWEEN_LOOKS)


def own_folder() -> Path:
    """Return the folder of this user's locks, below the system's folder for temporary files; make it if missing.

    A job of a batch system has a folder of its own. Raises LadderError if another user owns the folder.
    """
    root = Path(tempfile.gettempdir()) / f"digit-ladder-{os.getuid()}"
    with suppress(FileExistsError):
        root.mkdir(mode=0o700)
    status = root.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise LadderError(
            f"{root}: should be a folder of yours, for the locks of GPUs, but is another user's or no folder; "
            "have it removed, or set TMPDIR to another folder"
        )
    root.chmod(0o700)
    batch_job = next((f"{name}={os.environ[name]}" for name in BATCH_JOBS if os.environ.get(name)), "machine")
    folder = root / quote(batch_job, safe="=")
    folder.mkdir(exist_ok=True)
    return folder
