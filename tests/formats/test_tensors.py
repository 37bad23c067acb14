import numpy as np
import pytest
import safetensors
from safetensors.numpy import load_file

from ladder.formats import tensors


def write(path, arrays, metadata):
    head, begins, size = tensors.layout({name: (a.dtype, a.shape) for name, a in arrays.items()}, metadata)
    content = bytearray(size)
    content[: len(head)] = head
    for name, array in arrays.items():
        content[begins[name] : begins[name] + array.nbytes] = array.tobytes()
    path.write_bytes(content)
    return begins


@pytest.mark.parametrize("shape", [(5, 3, 7), (2, 3, 4, 4), (1, 1, 1)])
def test_the_library_reads_what_the_layout_says(tmp_path, shape):
    random = np.random.default_rng(0)
    images = random.integers(0, 256, shape, dtype=np.uint8)
    labels = random.integers(-(2**62), 2**62, shape[0])
    begins = write(tmp_path / "a", {"images": images, "labels": labels}, {"classes": ["a"]})
    read = load_file(tmp_path / "a")
    assert sorted(read) == ["images", "labels"]
    assert (read["images"].dtype, read["labels"].dtype) == (np.uint8, np.int64)
    np.testing.assert_array_equal(read["images"], images)
    np.testing.assert_array_equal(read["labels"], labels)
    assert begins["labels"] % 8 == 0


def test_larger_items_come_first_so_that_each_is_aligned():
    arrays = {"a": (np.dtype(np.uint8), (3,)), "b": (np.dtype(np.int64), (2,)), "c": (np.dtype(np.int64), (1,))}
    head, begins, size = tensors.layout(arrays, {})
    assert len(head) % 8 == 0
    assert {name: begin - len(head) for name, begin in begins.items()} == {"b": 0, "c": 16, "a": 24}
    assert size == len(head) + 27


def test_a_size_beyond_32_bits_is_right():
    _, begins, size = tensors.layout({"images": (np.dtype(np.uint8), (10**6, 3, 300, 300))}, {})
    assert size - begins["images"] == 270_000_000_000


def test_the_metadata_comes_back(tmp_path):
    about = {"classes": ["3", "é", 'a "b"'], "n": 1}
    write(tmp_path / "a", {"labels": np.arange(3)}, about)
    assert tensors.metadata(tmp_path / "a") == about
    with safetensors.safe_open(tmp_path / "a", "np") as file:
        assert list(file.metadata()) == ["ladder"]


def test_the_same_metadata_in_another_order_gives_the_same_bytes():
    arrays = {"labels": (np.dtype(np.int64), (1,))}
    assert tensors.layout(arrays, {"a": 1, "b": 2}) == tensors.layout(arrays, {"b": 2, "a": 1})
