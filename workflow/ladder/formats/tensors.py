"""The layout of a tensor file: a safetensors file that can be written piece by piece.

The format (https://github.com/huggingface/safetensors) is 8 bytes with the length of the header, the header as JSON,
then the raw arrays. The library safetensors reads these files. We write them ourselves, since the library's writer
needs whole arrays in memory.
"""

import json
from pathlib import Path

import numpy as np
from safetensors import safe_open

NAMES = {np.dtype(np.int64): "I64", np.dtype(np.uint8): "U8"}


def layout(arrays: dict[str, tuple[np.dtype, tuple[int, ...]]], metadata: dict) -> tuple[bytes, dict[str, int], int]:
    """Return the header of a file of `arrays`, the offset of each array in the file, and the file's size, in bytes.

    `arrays` gives dtype and shape by name. Arrays with larger items come first, so that each array is aligned.
    `metadata` is written into the header as one JSON string.
    """
    header, begins, end = {"__metadata__": {"ladder": json.dumps(metadata, sort_keys=True)}}, {}, 0
    for name, (dtype, shape) in sorted(arrays.items(), key=lambda item: (-np.dtype(item[1][0]).itemsize, item[0])):
        begins[name], end = end, end + np.dtype(dtype).itemsize * int(np.prod(shape, dtype=np.int64))
        header[name] = {"dtype": NAMES[np.dtype(dtype)], "shape": list(shape), "data_offsets": [begins[name], end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    head = len(text).to_bytes(8, "little") + text
    return head, {name: len(head) + begin for name, begin in begins.items()}, len(head) + end


def metadata(path: str | Path) -> dict:
    """Return the metadata of a tensor file, such as the names of its classes."""
    with safe_open(path, "np") as file:
        return json.loads(file.metadata()["ladder"])
