"""What a study runs on: versions of the software, the machine, and the variables that steer its arithmetic."""

import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path

PACKAGES = ("torch", "torchvision", "fastai", "snakemake", "numpy", "pandas", "pillow", "scikit-learn", "matplotlib")
# Instructions by which oneDNN, MKL and OpenBLAS choose their kernels, and so the last bits: of x86, then of ARM.
FLAGS = (
    *("sse4_1", "avx", "avx2", "fma", "f16c", "avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512_vnni"),
    *("avx512_bf16", "avx512_fp16", "avx_vnni", "amx_tile", "amx_int8", "amx_bf16"),
    *("asimd", "asimddp", "sve", "sve2", "bf16", "i8mm", "sme"),
)
# What overrules that choice, or the number of threads that share a sum.
VARIABLES = (
    *("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ONEDNN_DEFAULT_FPMATH_MODE", "MKL_CBWR"),
    *("MKL_ENABLE_INSTRUCTIONS", "OPENBLAS_CORETYPE", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    *("CUBLAS_WORKSPACE_CONFIG", "NVIDIA_TF32_OVERRIDE"),
)
CPUINFO = Path("/proc/cpuinfo")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages whose change may change a number, as far as they are installed."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # with --sdm conda a stage has only what it needs
            continue
    return found


def variables() -> dict[str, str]:
    """Those of VARIABLES that are set in this process."""
    return {name: os.environ[name] for name in VARIABLES if name in os.environ}


def machine() -> dict:
    """This machine without its name: `system`, `architecture`, `cpu` (its model), `flags` (some of FLAGS), `cores`."""
    cpu, flags = _of_linux(CPUINFO) if CPUINFO.is_file() else _of_macos()
    return {
        "system": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        "cpu": cpu or platform.processor() or None,
        "flags": [flag for flag in FLAGS if flag in flags],
        "cores": os.cpu_count(),
    }


def _of_linux(cpuinfo: Path) -> tuple[str, set[str]]:
    lines = {}
    with open(cpuinfo, encoding="utf-8") as file:
        for line in file:
            if not line.strip():  # the next processor's, which is one like this
                break
            key, _, value = line.partition(":")
            lines[key.strip()] = value.strip()
    # A virtual machine may hide the name, and ARM has none: Neoverse V1 is CPU implementer 0x41, CPU part 0xd40.
    numbers = ("cpu family", "model", "stepping", "CPU implementer", "CPU part")
    words = [lines.get("model name"), *(f"{key} {lines[key]}" for key in numbers if key in lines)]
    return ", ".join(filter(None, words)), set((lines.get("flags") or lines.get("Features") or "").split())


def _of_macos() -> tuple[str | None, set[str]]:
    try:
        done = subprocess.run(
            ["sysctl", "machdep.cpu.brand_string", "hw.optional"], capture_output=True, text=True, check=False
        )
    except OSError:
        return None, set()
    model = re.search(r"^machdep\.cpu\.brand_string: (.+)$", done.stdout, re.MULTILINE)
    # hw.optional.arm.FEAT_BF16: 1, hw.optional.avx2_0: 1
    known = re.findall(r"^hw\.optional\.(?:arm\.FEAT_)?(\w+?)(?:_0)?: 1$", done.stdout, re.MULTILINE)
    return model and model[1], {name.lower() for name in known}
