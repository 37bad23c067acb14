"""The device a study runs on, found without importing torch: Snakemake asks before any job starts."""

import os
import platform
from pathlib import Path


def resolve(setting: str) -> str:
    """Return `cpu`, `cuda` or `mps` for the config's `device:` (`auto` takes what this machine has)."""
    if setting != "auto":
        return setting
    if has_nvidia_gpu():
        return "cuda"
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return "mps"
    return "cpu"


def has_nvidia_gpu(driver: str = "/proc/driver/nvidia/gpus") -> bool:
    """Say whether the NVIDIA driver lists a GPU that CUDA_VISIBLE_DEVICES does not hide."""
    if os.environ.get("CUDA_VISIBLE_DEVICES", "all") in ("", "-1", "NoDevFiles"):
        return False
    return any(Path(driver).glob("*"))
