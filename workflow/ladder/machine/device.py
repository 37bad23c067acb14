"""The devices that a study may run on. They are found without torch, since Snakemake asks before any job starts."""

import os
import platform
import re
import subprocess
from pathlib import Path

from ladder.machine import processor

DRIVER = Path("/proc/driver/nvidia")
# Flags (Linux' names) of x86 processors that compute in bfloat16, and the lowest compute capability of NVIDIA GPUs that
# compute in it (Ampere).
BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16"}
BFLOAT16_CAPABILITY = 8.0


def resolve(setting: str) -> str:
    """Return `cpu`, `cuda` or `mps` for the config's `device:`.

    `auto` stands for the best device of this machine. In a job it stands for LADDER_DEVICE, the device of the machine
    on which the study was started.
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

    It is bf16 if this machine's hardware computes in bfloat16. In a job it is LADDER_PRECISION, the precision on the
    machine where the study was started, so that all jobs of a study have the same one.
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
    capabilities = _nvidia_smi("--query-gpu=compute_cap", "--format=csv,noheader").split()
    return bool(capabilities) and min(map(float, capabilities)) >= BFLOAT16_CAPABILITY


def has_nvidia_gpu(driver: Path = DRIVER) -> bool:
    """Return whether the NVIDIA driver lists a GPU that CUDA_VISIBLE_DEVICES does not hide."""
    mask = os.environ.get("CUDA_VISIBLE_DEVICES")
    if mask is not None and not unmasked(mask):
        return False
    # The driver's files are read first, as its tool takes a moment. Only Windows' subsystem for Linux needs the tool.
    return _driver_lists(driver) > 0 or len(installed(driver)) > 0


def nvidia_gpus() -> list[str]:
    """Return the ids of the GPUs that this process may use, in the form of CUDA_VISIBLE_DEVICES.

    If the user or a cluster has set that variable, only its GPUs count.
    """
    mask = os.environ.get("CUDA_VISIBLE_DEVICES")
    return installed() if mask is None else unmasked(mask)


def unmasked(mask: str) -> list[str]:
    """Return the ids in a value of CUDA_VISIBLE_DEVICES, as CUDA and torch.cuda read it.

    Ids are indices, UUIDs of GPUs, or UUIDs of slices of a GPU (MIG). The list ends before an id of another kind than
    the first, and before a word that is no id, such as -1. A list with the same id twice counts as empty.
    """
    prefix = mask[:4]
    by_uuid = prefix in ("GPU-", "MIG-")
    ids: list[str] = []
    for name in mask.split(","):
        word = re.match(f"{prefix}.+" if by_uuid else r"\s*\+?\d+", name)
        if word is None:
            break
        ids.append(word[0] if by_uuid else str(int(word[0])))
    return ids if len(set(ids)) == len(ids) else []


def installed(driver: Path = DRIVER) -> list[str]:
    """Return the ids of the machine's GPUs: indices, or UUIDs of slices and undivided GPUs if any is divided (MIG)."""
    gpus, slices = [], {}
    for line in _nvidia_smi("-L").splitlines():
        if match := re.match(r"(\s*)(GPU|MIG) .*\(UUID: ([^)]+)\)", line):
            if match[2] == "GPU":
                gpus.append(match[3])
            else:
                slices.setdefault(gpus[-1], []).append(match[3])
    if slices:
        return [name for gpu in gpus for name in slices.get(gpu, [gpu])]
    return [str(index) for index in range(len(gpus) or _driver_lists(driver))]


def driver_version(driver: Path = DRIVER) -> str | None:
    """Return the version of the NVIDIA driver, such as 580.95.05; None if there is no driver."""
    try:
        text = (driver / "version").read_text(encoding="utf-8")
    except OSError:  # on Windows' subsystem for Linux
        text = _nvidia_smi("--query-gpu=driver_version", "--format=csv,noheader")
    version = re.search(r"\b\d+\.\d+(\.\d+)*\b", text)
    return version and version[0]


def _driver_lists(driver: Path) -> int:
    return len(list(driver.glob("gpus/*")))


def _nvidia_smi(*arguments: str) -> str:
    """Return the output of NVIDIA's tool; empty if the tool is missing or finds no driver."""
    try:
        done = subprocess.run(["nvidia-smi", *arguments], capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
