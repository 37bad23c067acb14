"""The machine, the versions and the commit of the measurements."""

import os
import platform
import subprocess
from pathlib import Path

from benchmarks.measure import ROOT
from ladder.machine.device import has_nvidia_gpu
from ladder.provenance import software


def describe() -> dict[str, str]:
    """Return processor, cores, memory, system and versions. Seconds are comparable only where all of them are equal."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": _processor(),
        "cores": str(cores),
        "memory": f"{memory:.0f} GiB",
        "GPU": "an NVIDIA GPU" if has_nvidia_gpu() else "none from NVIDIA",
        "system": f"{platform.system()} {platform.release()}",
        "versions": ", ".join(f"{name} {version}" for name, version in software.versions().items()),
    }


def commit() -> str:
    """Return the checkout's commit, and whether files differ from it; empty outside a repository."""
    try:
        head = _git("rev-parse", "--short", "HEAD")
        # The results that this command writes are no change of the code that it measures.
        changed = _git("status", "--porcelain", "--", ".", ":!benchmarks/results.*")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"{head}, changed" if changed else head


def load() -> float:
    """Return the mean number of processes that wanted a core during the last minute."""
    return os.getloadavg()[0]


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, text=True, capture_output=True, check=True)
    return done.stdout.strip()


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
