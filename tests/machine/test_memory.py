import ctypes
import os
import subprocess
import sys

import pytest
import torch

from ladder.errors import LadderError
from ladder.machine import memory
from ladder.machine.memory import enough_for, says_what_helps
from ladder.training import batches

SCRIPT = """
import numpy
from ladder.machine.memory import peak_megabytes
before = peak_megabytes()
numpy.ones(40_000_000)  # 320 MB, for a moment
print(peak_megabytes() - before)
"""


def test_the_peak_counts_what_was_needed_for_a_moment():
    # In a process of its own, since this process may have needed more already.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    printed = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, text=True, capture_output=True, check=True
    )
    assert 300 < float(printed.stdout) < 340


STEP = """
import ctypes, sys, torch
from ladder.machine.memory import keep_freed
class Mallinfo2(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in
                "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()]
mallinfo2 = ctypes.CDLL(None).mallinfo2
mallinfo2.restype = Mallinfo2
def held():
    return mallinfo2().arena + mallinfo2().hblkhd
if sys.argv[1] == "kept":
    keep_freed()
before = held()
activations = [torch.ones(1 << 22) for _ in range(3)]  # 17 MB each: more than the C library would keep
during = held()
del activations
print(during - before, held() - before)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="mallinfo2 is glibc's, since 2.33")
@pytest.mark.parametrize("mode", ["kept", "not kept"])
def test_memory_that_is_freed_is_kept_for_the_next_step(mode):
    # By the C library's own count of the memory that it holds, since not every system counts page faults.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", STEP, mode]
    printed = subprocess.run(command, env=environment, text=True, capture_output=True, check=True).stdout
    during, after = map(int, printed.split())
    assert during > 45e6
    assert after > 45e6 if mode == "kept" else after < 1e6


def test_where_the_c_library_has_no_mallopt_nothing_changes(monkeypatch):
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _: object())
    memory.keep_freed()


# The errors as torch 2.15 words them.
CUDA = torch.OutOfMemoryError(
    "CUDA out of memory. Tried to allocate 20.50 GiB. GPU 0 has a total capacity of 79.11 GiB."
)
CPU = RuntimeError(
    "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate "
    "4000000 bytes. Error code 12 (Cannot allocate memory)"
)
WINDOWS = RuntimeError(
    "[enforce fail] data. DefaultCPUAllocator: not enough memory: you tried to allocate 4000000 bytes."
)
MPS = RuntimeError("MPS backend out of memory (MPS allocated: 7.18 GB). Tried to allocate 200.00 MB on private pool.")
CUBLAS = RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")
DRIVER = RuntimeError("CUDA error: out of memory")


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (CUDA, " (20.50 GiB more were asked for)"),
        (CPU, " (4000000 bytes more were asked for)"),
        (WINDOWS, " (4000000 bytes more were asked for)"),
        (MPS, " (200.00 MB more were asked for)"),
        *[(error, "") for error in (CUBLAS, DRIVER, MemoryError())],
    ],
)
def test_too_little_memory_is_a_sentence(error, detail):
    with pytest.raises(LadderError) as caught, enough_for("cnn", "less"):
        raise error
    assert str(caught.value) == f"cnn: out of memory{detail}; use less"


@pytest.mark.parametrize(
    "error", [RuntimeError("shapes cannot be multiplied"), ValueError("out of memory"), KeyError()]
)
def test_another_error_stays_what_it_is(error):
    with pytest.raises(type(error)) as caught, enough_for("cnn", "less"):
        raise error
    assert caught.value is error


@pytest.mark.parametrize(("precision", "lower"), [("fp32", " or `precision: bf16`"), ("bf16", "")])
def test_a_training_without_memory_names_the_variant_and_the_batch_size(precision, lower):
    @says_what_helps
    def train(variant, recipe, seed):
        raise CUDA

    with pytest.raises(LadderError) as caught:
        train("cnn", {"batch_size": 512, "precision": precision}, 0)
    assert str(caught.value) == (
        "cnn, in batches of 512 images: out of memory (20.50 GiB more were asked for); use a smaller "
        f"`batch_size`{lower} in variants.cnn, fewer jobs at a time (`jobs_per_gpu`, or --cores on a CPU), or a device "
        "with more memory"
    )


def test_images_that_do_not_fit_the_device_are_said(monkeypatch):
    def full(path, device):
        raise CUDA

    monkeypatch.setattr(batches, "load_file", full)
    with pytest.raises(LadderError, match=r"train.safetensors: the images, all of them on the device: out of memory"):
        batches.load_split("train.safetensors", 2, "cuda")
