import pytest
import torch

from ladder.machine import gpu


@pytest.mark.parametrize("device", ["cpu", "mps"])
def test_without_a_gpu_of_nvidias_the_columns_are_empty(device):
    assert gpu.columns(device) == {"gpu": None, "driver": None, "peak_gpu_megabytes": None}


def test_the_columns_name_the_gpu_and_its_driver_and_the_memory_needed(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "NVIDIA H100 80GB HBM3")
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 1_234_500_000)
    monkeypatch.setattr(gpu, "driver_version", lambda: "580.95.05")
    columns = gpu.columns("cuda")
    assert columns == {"gpu": "NVIDIA H100 80GB HBM3", "driver": "580.95.05", "peak_gpu_megabytes": 1234.5}
    assert list(columns) == list(gpu.columns("cpu"))
