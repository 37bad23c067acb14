"""The machine of a study, and the variables that change its arithmetic."""

import os
import platform
import re
import subprocess

from ladder.machine import processor

# Instruction sets of x86, then of ARM. By them oneDNN, MKL and OpenBLAS choose their kernels, and so the last bits of
# results.
FLAGS = (
    *("sse4_1", "avx", "avx2", "fma", "f16c", "avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512_vnni"),
    *("avx512_bf16", "avx512_fp16", "avx_vnni", "amx_tile", "amx_int8", "amx_bf16"),
    *("asimd", "asimddp", "sve", "sve2", "bf16", "i8mm", "sme"),
)
# Variables with a number of threads. The threads share the terms of a sum, so their number changes the last bits.
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def variables() -> dict[str, str]:
    """Return the set variables of this process that choose among kernels, or give a number of threads."""
    return processor.kernel_variables() | {name: os.environ[name] for name in THREADS if name in os.environ}


def machine() -> dict:
    """Return this machine, without its name: `system`, `architecture`, `cpu` (model), `flags` (of FLAGS), `cores`."""
    described = processor.description()
    cpu, flags = (_name(described), processor.flags(described)) if described else _of_macos()
    return {
        "system": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        "cpu": cpu or platform.processor() or None,
        "flags": [flag for flag in FLAGS if flag in flags],
        "cores": os.cpu_count(),
    }


def _name(described: dict[str, str]) -> str:
    # A virtual machine may hide the model's name, and ARM has numbers only: Neoverse V1 is CPU implementer 0x41, CPU
    # part 0xd40.
    numbers = ("cpu family", "model", "stepping", "CPU implementer", "CPU part")
    words = [described.get("model name"), *(f"{key} {described[key]}" for key in numbers if key in described)]
    return ", ".join(filter(None, words))


def _of_macos() -> tuple[str | None, set[str]]:
    try:
        done = subprocess.run(
            ["sysctl", "machdep.cpu.brand_string", "hw.optional"], capture_output=True, text=True, check=False
        )
    except OSError:
        return None, set()
    model = re.search(r"^machdep\.cpu\.brand_string: (.+)$", done.stdout, re.MULTILINE)
    # Lines such as hw.optional.arm.FEAT_BF16: 1, hw.optional.avx2_0: 1
    known = re.findall(r"^hw\.optional\.(?:arm\.FEAT_)?(\w+?)(?:_0)?: 1$", done.stdout, re.MULTILINE)
    return model and model[1], {name.lower() for name in known}
