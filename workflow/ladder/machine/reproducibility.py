"""Settings for the same bits on different x86 processors: libraries use only instructions that all of these have.

By default a library chooses its kernels, and the number of threads, by the processor. Different kernels round in a
different order.
"""

import platform
from pathlib import Path

from ladder.errors import LadderError
from ladder.machine import processor

# Variables that must be set before a job imports anything, by the documentation of each library.
STRICT = {
    "ATEN_CPU_CAPABILITY": "avx2",  # PyTorch's own kernels
    "ONEDNN_MAX_CPU_ISA": "AVX2",  # convolutions
    "MKL_CBWR": "COMPATIBLE",  # matrix products of PyTorch; the only mode that MKL promises for all makers' processors
    "OPENBLAS_CORETYPE": "Haswell",  # matrix products of NumPy and SciPy
    "OPENBLAS_NUM_THREADS": "1",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",  # loops of NumPy: all its instruction sets above AVX2
}
NEEDED = {"avx2", "fma"}  # Intel's processors have both since Haswell (2013), AMD's since Excavator (2015)


def environment(mode: str, device: str, cpuinfo: Path | None = None) -> dict[str, str]:
    """Return the variables for the jobs of a study whose `reproducibility` is `mode`: machine or strict.

    Raises LadderError if strict is not possible: on a GPU, or on a processor without AVX2.
    """
    if mode == "machine":
        return {}
    if device != "cpu":
        raise LadderError(
            f"config: reproducibility: strict is a promise about x86 processors, and the device is {device}; "
            "set device: cpu, or reproducibility: machine"
        )
    if platform.machine().lower() not in ("x86_64", "amd64"):
        raise LadderError(
            f"config: reproducibility: strict is a promise about x86 processors, and this one is {platform.machine()}; "
            "set reproducibility: machine"
        )
    # If the system does not list instructions, the processor is assumed to have the needed ones.
    if missing := NEEDED - (processor.flags(processor.description(cpuinfo)) or NEEDED):
        raise LadderError(
            "config: reproducibility: strict computes with AVX2, and this processor has no "
            f"{' and no '.join(sorted(missing))}; set reproducibility: machine"
        )
    return STRICT
