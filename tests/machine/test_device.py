import platform
import subprocess
import sys
from pathlib import Path

import pytest

from ladder.machine import device


@pytest.mark.parametrize("setting", ["cpu", "cuda", "mps"])
def test_what_is_asked_for_is_taken_whatever_was_inherited(monkeypatch, setting):
    monkeypatch.setenv("LADDER_DEVICE", "mps" if setting == "cpu" else "cpu")
    assert device.resolve(setting) == setting


@pytest.mark.parametrize(
    ("gpu", "system", "machine", "expected"),
    [
        (True, "Linux", "x86_64", "cuda"),
        (False, "Linux", "x86_64", "cpu"),
        (False, "Linux", "arm64", "cpu"),
        (False, "Darwin", "arm64", "mps"),
        (False, "Darwin", "x86_64", "cpu"),
    ],
)
def test_auto_takes_what_the_machine_has(monkeypatch, gpu, system, machine, expected):
    monkeypatch.delenv("LADDER_DEVICE", raising=False)
    monkeypatch.setattr(device, "has_nvidia_gpu", lambda: gpu)
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert device.resolve("auto") == expected


def test_the_precision_of_a_study_is_found_where_it_is_started(monkeypatch):
    monkeypatch.setenv("LADDER_PRECISION", "bf16")
    assert device.precision("mps") == "bf16"
    monkeypatch.delenv("LADDER_PRECISION")
    assert device.precision("mps") == "fp32"


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("flags\t\t: fpu avx512f avx512_bf16 avx2", "bf16"),
        ("flags\t\t: fpu amx_bf16 amx_tile", "bf16"),
        ("flags\t\t: fpu avx512f avx512bw avx2\nmodel name\t: avx512_bf16", "fp32"),
        ("flags\t\t: fpu avx512_bf16_of_another_name", "fp32"),
        ("Features\t: fp asimd bf16", "fp32"),  # ARM, on which bf16 was never tried
        (None, "fp32"),
    ],
)
def test_a_cpu_computes_in_bfloat16_where_it_knows_it(monkeypatch, tmp_path, flags, expected):
    monkeypatch.delenv("LADDER_PRECISION", raising=False)
    cpuinfo = tmp_path / "cpuinfo"
    if flags is not None:
        cpuinfo.write_text(f"processor\t: 0\n{flags}\nbugs\t\t: none\n")
    assert device.precision("cpu", cpuinfo) == expected


@pytest.fixture
def nvidia_smi(tmp_path, monkeypatch):
    """`nvidia_smi(printed, status=0)`: the only program on the PATH has this name and prints this."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    def nvidia_smi(printed, status=0):
        tool = tmp_path / "bin" / "nvidia-smi"
        tool.write_text(
            f"#!/bin/sh\nwhile read -r line; do echo \"$line\"; done <<'END'\n{printed}END\nexit {status}\n"
        )
        tool.chmod(0o755)

    return nvidia_smi


@pytest.fixture
def driver(tmp_path):
    """`driver(count)`: the folder of a driver that lists so many GPUs."""

    def driver(count):
        for number in range(count):
            (tmp_path / "nvidia" / "gpus" / f"0000:0{number}:00.0").mkdir(parents=True)
        return tmp_path / "nvidia"

    return driver


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        *[(None, True), ("0", True), ("1,0", True), ("GPU-8932f937", True)],
        *[("", False), ("-1", False), ("NoDevFiles", False)],
    ],
)
def test_cuda_visible_devices_hides_a_gpu(monkeypatch, driver, visible, expected):
    if visible is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert device.has_nvidia_gpu(driver(1)) is expected


TWO = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-3ab1b179-a2d4-4bd6-2eb7-0ff08ba08d23)
"""
DIVIDED = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-3ab1b179)
  MIG 3g.20gb     Device  0: (UUID: MIG-c6d4f1ef-42e4)
  MIG 1g.5gb      Device  1: (UUID: MIG-GPU-3ab1b179/13/0)
"""


def test_a_driver_that_lists_no_gpu_or_is_not_there_means_none(nvidia_smi, driver):
    for folder in (driver(0), driver(0) / "gone"):
        assert not device.has_nvidia_gpu(folder)
        assert device.installed(folder) == []
    # The tool is there, as on a cluster's head node, and finds no driver.
    nvidia_smi("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n", status=9)
    assert not device.has_nvidia_gpu(driver(0))


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (None, ["0", "1", "2"]),
        (TWO, ["0", "1"]),  # a container with two of the three GPUs that the driver lists
        (DIVIDED, ["GPU-5d5ba0d6", "MIG-c6d4f1ef-42e4", "MIG-GPU-3ab1b179/13/0"]),
    ],
)
def test_gpus_are_listed_as_cuda_visible_devices_names_them(nvidia_smi, driver, printed, expected):
    if printed is not None:
        nvidia_smi(printed)
    assert device.installed(driver(3)) == expected


def test_the_tool_alone_is_enough(nvidia_smi, driver):
    nvidia_smi(TWO)
    assert device.has_nvidia_gpu(driver(0))
    assert device.nvidia_gpus() == ["0", "1"]


MASKS = [
    *[
        "",
        "0",
        "1,0",
        " 2, 3",
        "2,-1,3",
        "-1",
        "0,0,1",
        "1,1",
        "NoDevFiles",
        "+1",
        "01",
        "1gpu2,2ampere",
        "0,,1",
        "0,GPU-8",
    ],
    *["GPU-8932f937-d72c", "GPU-a,GPU-b", "GPU-a,GPU-a", "GPU-a,0,GPU-b", "GPU-a,MIG-b", "MIG-GPU-a/1/0,MIG-b"],
]


@pytest.mark.parametrize("mask", MASKS)
def test_a_mask_is_read_as_torch_reads_it(monkeypatch, mask):
    import torch.cuda

    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", mask)
    assert device.nvidia_gpus() == [str(name) for name in torch.cuda._parse_visible_devices()]


def test_examples_of_masks():
    assert device.unmasked("3,1") == ["3", "1"]
    assert device.unmasked("2,-1,3") == ["2"]
    assert device.unmasked("MIG-GPU-a/1/0,MIG-b") == ["MIG-GPU-a/1/0", "MIG-b"]
    assert device.unmasked("0,0") == device.unmasked("") == []


OPEN = (
    "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  575.57.08  Release Build  (dvs-builder@U22)\nGCC 12.3.0\n"
)
CLOSED = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\nGCC version:  gcc\n"


@pytest.mark.parametrize(("told", "version"), [(OPEN, "575.57.08"), (CLOSED, "535.104.05")])
def test_the_version_of_the_driver(tmp_path, told, version):
    (tmp_path / "version").write_text(told)
    assert device.driver_version(tmp_path) == version


def test_the_version_of_the_driver_by_the_tool(nvidia_smi, tmp_path):
    assert device.driver_version(tmp_path) is None
    nvidia_smi("580.95.05\n580.95.05\n")
    assert device.driver_version(tmp_path) == "580.95.05"


def test_what_snakemake_imports_is_light():
    imported = (
        "import sys; from ladder import download; from ladder.config import study; from ladder.machine import device; "
        "from ladder.provenance import source_code; from ladder.runtime import gpu_lease, job; print(*sys.modules)"
    )
    environment = {"PYTHONPATH": str(Path(device.__file__).parents[2]), "PATH": ""}
    run = subprocess.run([sys.executable, "-c", imported], env=environment, capture_output=True, text=True, check=True)
    heavy = {"torch", "torchvision", "fastai", "pandas", "scipy", "sklearn", "matplotlib", "pooch"}
    assert heavy & set(run.stdout.split()) == set()


@pytest.mark.parametrize(
    ("printed", "expected"),
    [("8.0\n", "bf16"), ("9.0\n9.0\n", "bf16"), ("9.0\n7.5\n", "fp32"), ("12.0\n", "bf16"), ("", "fp32")],
)
def test_a_gpu_computes_in_bfloat16_where_all_of_them_know_it(nvidia_smi, monkeypatch, printed, expected):
    monkeypatch.delenv("LADDER_PRECISION", raising=False)
    nvidia_smi(printed)
    assert device.precision("cuda") == expected
