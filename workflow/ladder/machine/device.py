"""The devices a study may run on, found without importing torch: Snakemake asks before any job starts."""

import os
import platform
import re
import subprocess
from pathlib import Path

from ladder.machine import processor

DRIVER = Path("/proc/driver/nvidia")
# What x86 processors that compute in bfloat16 have (Linux' names), and the first NVIDIA GPUs that do (Ampere).
BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16"}
BFLOAT16_CAPABILITY = 8.0


def resolve(setting: str) -> str:
    """Return `cpu`, `cuda` or `mps` for the config's `device:`.

    `auto` takes what this machine has, or what the machine had on which the study was started, as LADDER_DEVICE tells.
    """
    if setting != "auto":
        return setting
    if inherited := os.environ.get("LADDER_DEVICE"):
        return inherited
    if has_nvidia_gpu():
        return "cuda"
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return "mps"
    return "cpu"


def precision(used: str, cpuinfo: Path | None = None) -> str:
    """Return `bf16` or `fp32` for a variant's `precision: auto` on the device `used`.

    It is bf16 where the hardware computes in it, on this machine, or on the one on which the study was started, as
    LADDER_PRECISION tells: the jobs of one study have one precision.
    """
    if inherited := os.environ.get("LADDER_PRECISION"):
        return inherited
    knows = {
        "cpu": lambda: BFLOAT16_FLAGS & processor.flags(processor.description(cpuinfo)),
        "cuda": _gpus_know_bfloat16,
        "mps": bool,
    }
    return "bf16" if knows[used]() else "fp32"


def _gpus_know_bfloat16() -> bool:
    found = _nvidia_smi("--query-gpu=compute_cap", "--format=csv,noheader").split()
    return bool(found) and min(map(float, found)) >= BFLOAT16_CAPABILITY


def has_nvidia_gpu(driver: Path = DRIVER) -> bool:
    """Say whether the NVIDIA driver lists a GPU that CUDA_VISIBLE_DEVICES does not hide."""
    mask = os.environ.get("CUDA_VISIBLE_DEVICES")
    if mask is not None and not unmasked(mask):
        return False
    # The driver's files first: its tool takes a moment, and is needed on Windows' subsystem for Linux alone.
    return _driver_lists(driver) > 0 or len(installed(driver)) > 0


def nvidia_gpus() -> list[str]:
    """Ids of the GPUs that this process may use, each as CUDA_VISIBLE_DEVICES would name it.

    Where that variable is set, by the user or by a cluster, they are the ones it leaves.
    """
    mask = os.environ.get("CUDA_VISIBLE_DEVICES")
    return installed() if mask is None else unmasked(mask)


def unmasked(mask: str) -> list[str]:
    """Ids in a value of CUDA_VISIBLE_DEVICES, read as CUDA and torch.cuda read it.

    These are indices, or UUIDs of GPUs, or UUIDs of slices of a GPU (MIG). The first one that is none of its kind, such
    as -1, ends the list, and a list that names one twice is empty.
    """
    prefix = mask[:4]
    by_uuid = prefix in ("GPU-", "MIG-")
    found: list[str] = []
    for name in mask.split(","):
        word = re.match(f"{prefix}.+" if by_uuid else r"\s*\+?\d+", name)
        if word is None:
            break
        found.append(word[0] if by_uuid else str(int(word[0])))
    return found if len(set(found)) == len(found) else []


def installed(driver: Path = DRIVER) -> list[str]:
    """Ids of the machine's GPUs: indices, or where some are divided (MIG) the UUIDs of the slices and of the others."""
    gpus, slices = [], {}
    for line in _nvidia_smi("-L").splitlines():
        if found := re.match(r"(\s*)(GPU|MIG) .*\(UUID: ([^)]+)\)", line):
            if found[2] == "GPU":
                gpus.append(found[3])
            else:
                slices.setdefault(gpus[-1], []).append(found[3])
    if slices:
        return [name for gpu in gpus for name in slices.get(gpu, [gpu])]
    return [str(index) for index in range(len(gpus) or _driver_lists(driver))]


def driver_version(driver: Path = DRIVER) -> str | None:
    """Version of the NVIDIA driver, such as 580.95.05; None where there is none."""
    try:
        told = (driver / "version").read_text(encoding="utf-8")
    except OSError:  # on Windows' subsystem for Linux
        told = _nvidia_smi("--query-gpu=driver_version", "--format=csv,noheader")
    version = re.search(r"\b\d+\.\d+(\.\d+)*\b", told)
    return version and version[0]


def _driver_lists(driver: Path) -> int:
    return len(list(driver.glob("gpus/*")))


def _nvidia_smi(*arguments: str) -> str:
    """What NVIDIA's tool prints; nothing where it is missing or finds no driver."""
    try:
        done = subprocess.run(["nvidia-smi", *arguments], capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
