"""All of MNIST: its archive, and its images as tensors, NumPy arrays, IDX files and parquet."""

import gzip
import io
import struct
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow
from PIL import Image
from pyarrow import parquet

from benchmarks.place import Place
from ladder.config.sources import archive_name
from ladder.datasets import archive
from ladder.download import archive_folders, download
from ladder.formats.tensors import Split
from ladder.images.layout import of_settings
from ladder.tensorize import tensorize

DATASET = "mnist"
SPLITS = ("train", "valid", "test")
# Names of files and arrays, by split.
IDX, ARRAYS, PARQUET = ({"train": "train", "valid": other} for other in ("t10k", "test", "validation"))


def splits(place: Place) -> tuple[Split, Split]:
    """Return the training and the validation images, which are tensorized once."""
    folder = place.root / DATASET
    paths = {split: str(folder / f"{split}.safetensors") for split in SPLITS}
    if not folder.exists():
        folder.mkdir()
        source = partial(archive.entries, str(_archive(place, folder)))
        layout = of_settings(train="training", valid="testing")
        tensorize(source, paths, str(folder / "index.csv"), str(folder / "facts.json"), place.cores, layout)
    return Split(paths["train"]), Split(paths["valid"])


def write(place: Place, folder: Path) -> None:
    """Write mnist.npz, compressed; the four IDX files, gzipped, in idx/; and parquet with PNGs in parquet/."""
    (folder / "idx").mkdir()
    (folder / "parquet").mkdir()
    arrays = {}
    for split, tensors in zip(("train", "valid"), splits(place), strict=True):
        images, labels = (np.concatenate(parts) for parts in zip(*tensors.chunks(), strict=True))
        labels = labels.astype(np.uint8)
        arrays |= {f"x_{ARRAYS[split]}": images, f"y_{ARRAYS[split]}": labels}
        for what, values in (("images", images), ("labels", labels)):
            name = f"idx/{IDX[split]}-{what}-idx{values.ndim}-ubyte.gz"
            head = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
            (folder / name).write_bytes(gzip.compress(head + values.tobytes()))
        table = pyarrow.table({"image": [{"bytes": _png(image)} for image in images], "label": labels.tolist()})
        parquet.write_table(table, folder / f"parquet/{PARQUET[split]}-00000-of-00001.parquet")
    np.savez_compressed(folder / "mnist.npz", **arrays)


def _png(image: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG")
    return stream.getvalue()


def _archive(place: Place, folder: Path) -> Path:
    """Return any copy on this machine, since its packing changes no time here, or a verified download."""
    source = place.study.settings["datasets"][DATASET]
    name = archive_name(source["sources"])
    for path in (found / name for found in archive_folders(place.study.settings["archives"])):
        if path.is_file():
            return path
    download(source["sources"], str(folder / name), size=source["size"], md5_1mb=source["md5_1mb"])
    return folder / name
