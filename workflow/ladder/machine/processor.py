"""The processor as Linux describes it, and the environment variables that choose libraries' kernels for it."""

import os
import re
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
# Variables that choose among the kernels of a library. Kernels differ in the last bits of a result.
KERNELS = re.compile(r"(ATEN|CUBLAS|CUDNN|DNNL|MKL|NPY|NVIDIA_TF32|ONEDNN|OPENBLAS)_(?!NUM_THREADS)")


def description(cpuinfo: Path | None = None) -> dict[str, str]:
    """Return the lines of /proc/cpuinfo about the first processor, by name; empty without this file (macOS)."""
    try:
        text = (cpuinfo or CPUINFO).read_text(encoding="utf-8")
    except OSError:
        return {}
    lines = (line.partition(":") for line in text.split("\n\n")[0].splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}


def flags(described: dict[str, str]) -> set[str]:
    """Return the instruction sets of a processor, in Linux' names; empty if its description has no line of them."""
    return set((described.get("flags") or described.get("Features") or "").split())


def kernel_variables() -> dict[str, str]:
    """Return the environment variables of this process that choose among kernels."""
    return {name: value for name, value in os.environ.items() if KERNELS.match(name)}
