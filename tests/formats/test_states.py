import math

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from ladder.formats import states


def tensors():
    torch.manual_seed(0)
    yield from (torch.randn(3, 4, dtype=kind) for kind in (torch.float32, torch.float64, torch.bfloat16))
    yield torch.arange(7, dtype=torch.uint8)
    yield torch.tensor([True, False])
    yield torch.tensor(5.0)
    yield torch.tensor(9)
    yield torch.zeros(0, 3)
    yield torch.tensor([math.nan, -0.0, math.inf, 1e-45])
    yield torch.randn(4, 3).T


@pytest.mark.parametrize("tensor", list(tensors()), ids=lambda tensor: f"{tensor.dtype}{list(tensor.shape)}")
def test_a_tensor_comes_back_to_the_bit(tmp_path, tensor):
    states.save(tmp_path / "state", {"tensor": tensor})
    loaded = states.load(tmp_path / "state")["tensor"]
    assert (loaded.dtype, loaded.shape) == (tensor.dtype, tensor.shape)
    bits = [stored.contiguous().reshape(-1).view(torch.uint8) for stored in (loaded, tensor)]
    assert torch.equal(*bits)


def test_a_tensor_lies_in_memory_as_it_did(tmp_path):
    kernels = torch.randn(3, 3, 8, 4).permute(2, 3, 0, 1)  # as ResNet-18 has some of its weights
    states.save(tmp_path / "state", {"kernels": kernels, "ones": torch.ones(1).expand(5, 4)})
    loaded = states.load(tmp_path / "state")
    assert loaded["kernels"].stride() == kernels.stride()
    assert torch.equal(loaded["kernels"], kernels)
    assert torch.equal(loaded["ones"], torch.ones(5, 4))


@pytest.mark.parametrize(
    "value",
    [None, True, 3, 0.1 + 0.2, -0.0, math.inf, 2**70, "tensor", [], (), {}, (1, [2, (3,)]), {0: {"dict": [1]}, "0": 2}],
)
def test_a_value_comes_back_with_its_type(tmp_path, value):
    states.save(tmp_path / "state", {"value": value})
    loaded = states.load(tmp_path / "state")["value"]
    assert repr(loaded) == repr(value)


def test_an_array_comes_back_as_one(tmp_path):
    array = np.random.default_rng(0).random((5, 2))
    states.save(tmp_path / "state", {"array": array})
    loaded = states.load(tmp_path / "state")["array"]
    assert isinstance(loaded, np.ndarray)
    assert (loaded.dtype, loaded.shape, loaded.tobytes()) == (array.dtype, array.shape, array.tobytes())


def test_what_is_no_data_is_refused_and_leaves_no_file(tmp_path):
    with pytest.raises(TypeError, match="a state cannot hold a function"):
        states.save(tmp_path / "state", {"schedule": [lambda step: step]})
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_an_error_of_the_system(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        states.save(tmp_path / "file" / "state", {})


def damages():
    yield "empty", lambda content: content[:0]
    yield "cut in the length", lambda content: content[:5]
    yield "cut in the header", lambda content: content[:40]
    yield "cut in the tensors", lambda content: content[:-3]
    yield "longer", lambda content: content + b"\0"
    yield "garbage", lambda content: bytes(range(256)) * len(content)
    yield "zeros", lambda content: bytes(len(content))
    yield "a bit of a tensor", lambda content: content[:-1] + bytes([content[-1] ^ 1])
    yield "a number in the header", lambda content: content.replace(b"1234", b"1235")
    yield "the digest", lambda content: content.replace(b"sha256", b"sha257")


@pytest.mark.parametrize("damage", [damage for _, damage in damages()], ids=[name for name, _ in damages()])
def test_a_damaged_file_is_known(tmp_path, damage):
    path = tmp_path / "state"
    states.save(path, {"number": 1234, "tensor": torch.ones(8)})
    assert states.load(path)["number"] == 1234
    content = path.read_bytes()
    path.write_bytes(damage(content))
    assert path.read_bytes() != content
    with pytest.raises(states.Damaged):
        states.load(path)


@pytest.mark.parametrize(
    "changed",
    [
        lambda tensors: {name: tensor.view(torch.int32) for name, tensor in tensors.items()},
        lambda tensors: {name: tensor.reshape(4, 2) for name, tensor in tensors.items()},
        lambda tensors: {name: tensor.reshape(8) for name, tensor in tensors.items()},
        lambda tensors: dict(zip(tensors, reversed(tensors.values()))),
        lambda tensors: {f"{name}0": tensor for name, tensor in tensors.items()},
    ],
    ids=["another type", "another shape", "flat", "exchanged", "other names"],
)
def test_the_same_bytes_as_other_tensors_are_damaged(tmp_path, changed):
    path = tmp_path / "state"
    states.save(path, {"one": torch.ones(2, 4), "two": torch.full((2, 4), 2.0)})
    with safe_open(path, "pt") as file:
        metadata, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    save_file(tensors, path, metadata)
    assert torch.equal(states.load(path)["two"], torch.full((2, 4), 2.0))
    save_file({name: tensor.clone() for name, tensor in changed(tensors).items()}, path, metadata)
    with pytest.raises(states.Damaged, match="its content has changed since it was written"):
        states.load(path)


def test_a_safetensors_file_of_somebody_else_is_none(tmp_path):
    save_file({"weight": torch.ones(3)}, tmp_path / "state")
    with pytest.raises(states.Damaged):
        states.load(tmp_path / "state")


def test_a_file_that_is_not_there_is_damaged_too(tmp_path):
    with pytest.raises(states.Damaged):
        states.load(tmp_path / "state")
