"""The facts that a resume point must share with the run that uses it."""

import pytest
import torch

from ladder.training import resume


def test_the_processor_is_known_by_its_name_and_abilities(tmp_path):
    core = "processor : 0\nmodel name\t: An Example\ncpu MHz : {}\nflags : fpu avx2\n\n"
    cpuinfo = tmp_path / "cpuinfo"
    for clock in (1000, 3000):
        cpuinfo.write_text(core.format(clock) + core.format(clock).replace(": 0", ": 1"))
        assert resume._processor(cpuinfo) == {"model name": "An Example", "flags": "fpu avx2"}
    assert resume._processor(tmp_path / "nowhere") == {}
    every = {"vendor_id": "us", "cpu family": "6", "model": "1", "model name": "An Example", "flags": "fpu"}
    every |= {"CPU implementer": "0x41", "CPU part": "0xd0c", "Features": "fp asimd"}
    cpuinfo.write_text("".join(f"{name}\t: {value}\n" for name, value in every.items()))
    assert resume._processor(cpuinfo) == every


@pytest.fixture
def key(recipe, learnable):
    return lambda: resume.key_of("mlp", recipe("mlp"), "cpu", [learnable.train], "code")


@pytest.mark.parametrize(
    "name",
    [
        *("ATEN_CPU_CAPABILITY", "CUBLAS_WORKSPACE_CONFIG", "CUDNN_LOGLEVEL_DBG", "DNNL_MAX_CPU_ISA", "MKL_CBWR"),
        *("MKL_ENABLE_INSTRUCTIONS", "NVIDIA_TF32_OVERRIDE", "ONEDNN_MAX_CPU_ISA"),
    ],
)
def test_a_variable_that_chooses_kernels_is_part_of_the_key(monkeypatch, key, name):
    keys = []
    for value in (None, "COMPATIBLE", "AVX2"):
        monkeypatch.setenv(name, value or "")
        if value is None:
            monkeypatch.delenv(name)
        keys.append(key())
    assert len(set(keys)) == 3


def test_the_instructions_that_torch_uses_are_part_of_the_key(monkeypatch, key):
    before = key()
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "SLIDE_RULE")
    assert key() != before


def test_cuda_and_the_gpu_with_its_driver_are_part_of_the_key(monkeypatch, key):
    keys = [key()]
    monkeypatch.setattr(torch.version, "cuda", "99.9")
    keys.append(key())
    columns = {"gpu": "NVIDIA H100", "driver": "1", "peak_gpu_megabytes": 1.0}
    for change in ({}, {"driver": "2"}, {"gpu": "NVIDIA H200"}):
        monkeypatch.setattr(resume.gpu, "columns", lambda _, change=change: columns | change)
        keys.append(key())
    assert len(set(keys)) == 5
    monkeypatch.setattr(resume.gpu, "columns", lambda _: columns | change | {"peak_gpu_megabytes": 2.0})
    assert key() == keys[-1]


@pytest.mark.parametrize("name", ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "HOME"])
def test_what_decides_no_result_changes_no_key(monkeypatch, key, name):
    before = key()
    monkeypatch.setenv(name, "7")
    assert key() == before


def test_the_threads_are_part_of_the_key(recipe, learnable):
    keys = set()
    for threads in (1, 2):
        torch.set_num_threads(threads)
        keys.add(resume.key_of("mlp", recipe("mlp"), "cpu", [learnable.train], "code"))
    assert len(keys) == 2
