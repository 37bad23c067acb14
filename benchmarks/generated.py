"""Data sets of any size, made without holding them in memory: small images, no two alike, and scores for them.

    python generated.py make tar|zip|folder|pool|npz|parquet|scores <path> <images>
    python generated.py measure tar|zip|folder|pool|npz|parquet|scores <path> <folder for the output>

`measure` tensorizes the images, or evaluates the scores, and prints seconds and memory as JSON. Images are 8x8 and
grey, of ten classes, one in five for validation; they come in no sorted order, as in most archives.
"""

import gzip
import io
import json
import resource
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from itertools import islice
from pathlib import Path
from zlib import compress, crc32

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "workflow")]

from ladder.machine.memory import peak_megabytes  # noqa: E402

SIDE, CLASSES, IN_VALID = 8, 10, 5
STEP = (
    1_000_003  # a prime: modulo a number that it does not divide, its multiples visit all numbers, in no sorted order
)
RUNGS, SEEDS = 3, 2  # of generated scores
ACCURACY = 0.99
WORKERS = 2
BLOCK = 10_000  # images that are written at a time


def files(images: int) -> Iterator[tuple[str, bytes]]:
    """Yield the path and the encoded bytes of each image."""
    for number in range(images):
        number = number * STEP % images
        split = "valid" if number // CLASSES % IN_VALID == 0 else "train"
        yield f"{split}/{number % CLASSES}/{number:09}.png", png(number)


def png(number: int) -> bytes:
    """Return an image with its number in its first eight pixels."""
    rows = bytearray(SIDE * (SIDE + 1))
    rows[1 : SIDE + 1] = number.to_bytes(SIDE, "big")
    head = SIDE.to_bytes(4, "big") * 2 + b"\x08\0\0\0\0"
    chunks = ((b"IHDR", head), (b"IDAT", compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4, "big") + name + data + crc32(name + data).to_bytes(4, "big") for name, data in chunks
    )


def write_tar(path: Path, images: int) -> None:
    """Pack the images as .tar.gz."""
    with gzip.open(path, "wb", compresslevel=1) as packed, tarfile.open(fileobj=packed, mode="w|") as archive:
        for name, data in files(images):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
            archive.members.clear()


def write_zip(path: Path, images: int) -> None:
    """Pack the images as .zip."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files(images):
            archive.writestr(name, data)


def write_folder(path: Path, images: int) -> None:
    """Lay the images out as files."""
    for split in ("train", "valid"):
        for label in range(CLASSES):
            (path / split / str(label)).mkdir(parents=True)
    for name, data in files(images):
        (path / name).write_bytes(data)


def write_pool(path: Path, images: int) -> None:
    """Pack them as .zip in folders of classes, whose split is to be drawn."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files(images):
            archive.writestr(name.partition("/")[2], data)


def write_npz(path: Path, images: int) -> None:
    """Save them as arrays, a block of pixels at a time."""
    import numpy as np  # here: what tensorize needs in memory is measured, without these libraries

    with zipfile.ZipFile(path, "w") as archive:
        for split, count in (("train", images - images // IN_VALID), ("val", images // IN_VALID)):
            numbers = np.arange(count, dtype=">u8") + (split == "val") * images
            np.lib.format.write_array_header_1_0(
                head := io.BytesIO(), {"descr": "|u1", "fortran_order": False, "shape": (count, SIDE, SIDE)}
            )
            with archive.open(f"{split}_images.npy", "w") as file:
                file.write(head.getvalue())
                for first in range(0, count, BLOCK):
                    pixels = np.zeros((len(numbers[first : first + BLOCK]), SIDE, SIDE), np.uint8)
                    pixels[:, 0] = numbers[first : first + BLOCK, None].view(np.uint8)
                    file.write(pixels.tobytes())
            with archive.open(f"{split}_labels.npy", "w") as file:
                np.lib.format.write_array(file, (np.arange(count) % CLASSES).astype(np.uint8))


def write_parquet(folder: Path, images: int) -> None:
    """Lay them out as one file a split, as Hugging Face does."""
    import pyarrow
    from pyarrow import parquet

    folder.mkdir()
    cells = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    schema = pyarrow.schema([("image", cells), ("label", pyarrow.string())])
    for split in ("train", "valid"):
        of_split = ((name, data) for name, data in files(images) if name.startswith(split))
        with parquet.ParquetWriter(folder / f"{split}-00000-of-00001.parquet", schema) as file:
            while block := list(islice(of_split, BLOCK)):
                rows = [{"image": {"bytes": data, "path": None}, "label": name.split("/")[1]} for name, data in block]
                file.write_table(pyarrow.Table.from_pylist(rows, schema))


def write_scores(folder: Path, images: int) -> None:
    """Write the index of so many validation images, and the scores of some rungs for them."""
    import numpy as np  # imported here: the memory of tensorize is measured without pyarrow

    from ladder.formats import scores

    folder.mkdir()
    random, labels = np.random.default_rng(0), np.arange(images) % CLASSES
    with open(folder / "index.csv", "w", encoding="utf-8") as index:
        index.write("split,position,path,class\n")
        for number, label in enumerate(labels):
            index.write(f"valid,{number},valid/{label}/{number:09}.png,{label}\n")
    for rung in range(RUNGS):
        by_seed = {}
        for seed in range(SEEDS):
            by_seed[seed] = random.random((images, CLASSES))
            by_seed[seed][np.arange(images), labels] += random.random(images) < ACCURACY
            by_seed[seed] /= by_seed[seed].sum(1, keepdims=True)
        scores.write(folder / f"{rung}.parquet", list(map(str, range(CLASSES))), labels, by_seed, True)


def measure(kind: str, made: Path, folder: Path) -> dict:
    """Return seconds of one stage, without imports, and the peak memory of its largest process in MB, with imports."""
    stage = _evaluate if kind == "scores" else _tensorize
    work = stage(kind, made, folder)
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    return {"seconds": seconds, "megabytes": max(peak_megabytes(), workers)}


def _tensorize(kind: str, made: Path, folder: Path) -> Callable[[], object]:
    from ladder.images.layout import of_settings
    from ladder.tensorize import tensorize, tensorize_stacks

    outputs = {split: str(folder / f"{split}.safetensors") for split in ("train", "valid", "test")}
    written = {"outputs": outputs, "index": str(folder / "index.csv"), "facts": str(folder / "facts.json")}
    dataset = import_module(f"ladder.datasets.{kind if kind in ('folder', 'npz', 'parquet') else 'archive'}")
    if kind == "npz":
        return lambda: tensorize_stacks(dataset.stacks(str(made)), **written)
    source = partial(dataset.entries, str(made), *([{}] if kind == "parquet" else []))
    layout = of_settings(valid_fraction=1 / IN_VALID if kind == "pool" else None)
    return partial(tensorize, source, **written, workers=WORKERS, layout=layout)


def _evaluate(kind: str, made: Path, folder: Path) -> Callable[[], object]:
    from ladder.evaluate import Request, evaluate

    rungs = {f"rung_{rung}": [str(made / f"{rung}.parquet")] for rung in range(RUNGS)}
    metrics = ["accuracy", "balanced_accuracy", "roc_auc", "log_loss", "calibration_error", "precision", "recall", "f1"]
    return partial(evaluate, rungs, str(made / "index.csv"), Request(metrics, chance="majority"), str(folder), {})


MAKE = {
    "tar": write_tar,
    "zip": write_zip,
    "folder": write_folder,
    "pool": write_pool,
    "npz": write_npz,
    "parquet": write_parquet,
    "scores": write_scores,
}

if __name__ == "__main__":
    command, kind, made, last = sys.argv[1:]
    if command == "make":
        MAKE[kind](Path(made), int(last))
    else:
        print(json.dumps(measure(kind, Path(made), Path(last))))
