"""Nested states, such as an optimizer's, as one safetensors file each.

PyTorch's own way is a pickle, which runs code as it is read. Here the tensors are safetensors, what they are part of is
JSON in the header, and a digest of both says that a file which is read is the file that was written.
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
    """A file that is cut off, changed, or none of ours."""


def save(path: str | Path, state: dict) -> None:
    """Write dicts, lists and tuples of tensors, arrays, numbers, texts, truth values and None, nested in any way.

    Raises TypeError for anything else, and OSError where it cannot be written.
    """
    tensors: dict[str, Tensor] = {}
    tree = json.dumps(_packed(state, tensors))
    with atomic(path) as partial:
        try:
            save_file(tensors, partial, metadata={"tree": tree, "sha256": _digest(tree, tensors)})
        except SafetensorError as error:  # a full disk, for example
            raise OSError(str(error)) from error


def load(path: str | Path) -> dict:
    """Read what `save` wrote, each tensor onto the device that it was on. Raises Damaged."""
    try:
        with safe_open(path, "pt") as file:
            # Copies: the tensors of an open file lie in it, wherever that is, and not where PyTorch puts its own.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 (it is no dict)
            metadata = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise Damaged(str(error)) from error
    tree = metadata.get("tree", "")
    if metadata.get("sha256") != _digest(tree, tensors):
        raise Damaged("its content is not what was written")
    return _unpacked(json.loads(tree), tensors)


def _digest(tree: str, tensors: dict[str, Tensor]) -> str:
    digest = hashlib.sha256(tree.encode())
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].dtype} {list(tensors[name].shape)}".encode())
        digest.update(tensors[name].reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def _packed(value: object, tensors: dict[str, Tensor]) -> object:
    """What JSON knows, as it is; anything else as an object of one key that says what it is."""
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
    if isinstance(value, Sequence):  # fastai's lists are none of Python's
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
    """Whether a tensor fills its part of the memory, in some order of its axes."""
    reach = sum((length - 1) * stride for length, stride in zip(tensor.shape, tensor.stride()))
    return reach + 1 == tensor.numel()


def _laid_out(tensor: Tensor, strides: list[int] | None) -> Tensor:
    """A tensor in the order of memory that it had: a kernel may sum in another order, or refuse, where it differs."""
    if strides is None or list(tensor.stride()) == strides:
        return tensor
    return torch.empty_strided(tensor.shape, strides, dtype=tensor.dtype).copy_(tensor)
