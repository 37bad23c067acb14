import platform
import subprocess
import sys

import pytest

from ladder.config import study
from ladder.errors import LadderError
from ladder.machine import reproducibility


@pytest.fixture
def cpuinfo(tmp_path, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")

    def write(flags):
        path = tmp_path / "cpuinfo"
        path.write_text(f"processor\t: 0\nmodel name\t: any\nflags\t\t: {flags}\nbugs\t\t: none\n")
        return path

    return write


def test_on_one_machine_libraries_choose_for_themselves(cpuinfo):
    assert reproducibility.environment("machine", "cuda", cpuinfo("fpu")) == {}


def test_strict_is_the_same_on_old_and_new_processors(cpuinfo):
    haswell = reproducibility.environment("strict", "cpu", cpuinfo("fpu fma avx2"))
    zen5 = reproducibility.environment("strict", "cpu", cpuinfo("fpu fma avx2 avx512f avx512_bf16"))
    assert haswell == zen5
    assert haswell["ATEN_CPU_CAPABILITY"] == "avx2"


def test_where_the_system_does_not_tell_strict_goes_on(cpuinfo, tmp_path):
    assert reproducibility.environment("strict", "cpu", tmp_path / "none")


@pytest.mark.parametrize(
    ("device", "machine", "flags", "sentence"),
    [
        ("cuda", "x86_64", "fma avx2", "the device is cuda; set device: cpu"),
        ("cpu", "arm64", "fma avx2", "x86 processors, and this one is arm64"),
        ("cpu", "x86_64", "fpu avx", "computes with AVX2, and this processor has no avx2 and no fma; set"),
    ],
)
def test_where_strict_cannot_be_kept_it_says_so(cpuinfo, monkeypatch, device, machine, flags, sentence):
    path = cpuinfo(flags)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    with pytest.raises(LadderError, match=sentence):
        reproducibility.environment("strict", device, path)


def test_the_variables_reach_the_libraries():
    code = (
        "import torch; from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__ as known\n"
        "from threadpoolctl import threadpool_info\n"
        "print(torch.backends.cpu.get_cpu_capability(), *(name for name in __cpu_dispatch__ if known[name]))\n"
        "blas = [one for one in threadpool_info() if one['internal_api'] == 'openblas']\n"
        "print(*{(one['architecture'], one['num_threads']) for one in blas})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=reproducibility.STRICT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "AVX2 X86_V3\n('Haswell', 1)\n"


def test_strict_computes_in_float32(shipped, monkeypatch):
    monkeypatch.setenv("LADDER_PRECISION", "bf16")  # as on a processor with bfloat16
    assert study.load(shipped).recipe("resnet18")["precision"] == "bf16"
    assert study.load(shipped | {"reproducibility": "strict"}).recipe("resnet18")["precision"] == "fp32"
