"""Files of nested states, such as an optimizer's: one safetensors file per state.

PyTorch would write a pickle, and reading a pickle can run code. Here the tensors are safetensors, and the structure
around them is JSON in the header. A digest of both shows that the file read is the file that was written.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ladder.formats.files import atomic


class Damaged(Exception):
    """A file is cut off, changed, or not written by `save`."""


def save(path: str | Path, state: dict) -> None:
    """Write a state: dicts, lists and tuples of tensors, arrays, numbers, texts, truth values and None, nested freely.

    Raises TypeError for values of other types, and OSError if the file cannot be written.
    """
    tensors: dict[str, Tensor] = {}
    tree = json.dumps(_packed(state, tensors))
    with atomic(path) as partial:
        try:
            save_file(tensors, partial, metadata={"tree": tree, "sha256": _digest(tree, tensors)})
        except SafetensorError as error:  # for example, the disk is full
            raise OSError(str(error)) from error


def load(path: str | Path) -> dict:
    """Return the state that `save` wrote, each tensor on its former device. Raises Damaged."""
    try:
        with safe_open(path, "pt") as file:
            # The tensors are cloned: an open file's tensors lie in its mapped memory, not aligned as PyTorch's own are.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 (it is no dict)
            metadata = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise Damaged(str(error)) from error
    tree = metadata.get("tree", "")
    if metadata.get("sha256") != _digest(tree, tensors):
        raise Damaged("its content has changed since it was written")
    return _unpacked(json.loads(tree), tensors)


def _digest(tree: str, tensors: dict[str, Tensor]) -> str:
    digest = hashlib.sha256(tree.encode())
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].dtype} {list(tensors[name].shape)}".encode())
        digest.update(tensors[name].reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def _packed(value: object, tensors: dict[str, Tensor]) -> object:
    """Return a JSON value for `value`: the same value, or for other types an object whose only key names the type.

    Tensors are added to `tensors`.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Tensor):
        name = str(len(tensors))
        tensors[name] = value.detach().cpu().contiguous()
        return {"tensor": [name, str(value.device), list(value.stride()) if _is_dense(value) else None]}
    if isinstance(value, np.ndarray):
        return {"array": _packed(torch.from_numpy(value), tensors)}
    if isinstance(value, Mapping):
        return {"dict": [[_packed(key, tensors), _packed(item, tensors)] for key, item in value.items()]}
    if isinstance(value, Sequence):  # a library's own lists are sequences, but not of Python's type list
        items = [_packed(item, tensors) for item in value]
        return {"tuple": items} if isinstance(value, tuple) else items
    raise TypeError(f"a state cannot hold a {type(value).__name__}")


def _unpacked(value: object, tensors: dict[str, Tensor]) -> object:
    if isinstance(value, list):
        return [_unpacked(item, tensors) for item in value]
    if not isinstance(value, dict):
        return value
    [(kind, content)] = value.items()
    if kind == "tensor":
        name, device, strides = content
        return _laid_out(tensors[name], strides).to(device)
    if kind == "array":
        return _unpacked(content, tensors).numpy()
    if kind == "tuple":
        return tuple(_unpacked(content, tensors))
    return {_unpacked(key, tensors): _unpacked(item, tensors) for key, item in content}


def _is_dense(tensor: Tensor) -> bool:
    """Return whether a tensor fills its part of the memory without gaps, in any order of its axes."""
    reach = sum((length - 1) * stride for length, stride in zip(tensor.shape, tensor.stride()))
    return reach + 1 == tensor.numel()


def _laid_out(tensor: Tensor, strides: list[int] | None) -> Tensor:
    """Return a tensor with its former strides. With other strides, a kernel may sum in another order, or raise."""
    if strides is None or list(tensor.stride()) == strides:
        return tensor
    return torch.empty_strided(tensor.shape, strides, dtype=tensor.dtype).copy_(tensor)
