import platform
import subprocess
import sys
from pathlib import Path

import pytest

from ladder import device


@pytest.mark.parametrize("setting", ["cpu", "cuda", "mps"])
def test_what_is_asked_for_is_taken(setting):
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
    monkeypatch.setattr(device, "has_nvidia_gpu", lambda: gpu)
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert device.resolve("auto") == expected


@pytest.mark.parametrize(
    ("visible", "expected"),
    [(None, True), ("0", True), ("1,0", True), ("", False), ("-1", False), ("NoDevFiles", False)],
)
def test_cuda_visible_devices_hides_a_gpu(monkeypatch, tmp_path, visible, expected):
    (tmp_path / "0000:01:00.0").mkdir()
    if visible is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert device.has_nvidia_gpu(str(tmp_path)) is expected


def test_a_driver_that_lists_no_gpu_or_is_not_there_means_none(monkeypatch, tmp_path):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert not device.has_nvidia_gpu(str(tmp_path))
    assert not device.has_nvidia_gpu(str(tmp_path / "gone"))


def test_what_snakemake_imports_is_light():
    imported = "import sys; from ladder import config, device, download, job, provenance; print(*sys.modules)"
    environment = {"PYTHONPATH": str(Path(device.__file__).parent.parent), "PATH": ""}
    run = subprocess.run([sys.executable, "-c", imported], env=environment, capture_output=True, text=True, check=True)
    heavy = {"torch", "torchvision", "fastai", "pandas", "scipy", "sklearn", "matplotlib", "pooch"}
    assert heavy & set(run.stdout.split()) == set()
