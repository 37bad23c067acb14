"""Photos of many sizes, and two ways from their files to pixels of one size.

    python photos.py make <folder> <images>
    python photos.py ours <folder> <folder for the tensors> <workers>
    python photos.py theirs <folder> <workers>

`ours` and `theirs` print the seconds as JSON, without imports. `theirs` is one pass of fastai's ImageDataLoaders over
all images, training and validation, as fastai decodes them in each epoch.
"""

import gc
import io
import json
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "workflow")]

SIZES = ((700, 500), (640, 480), (720, 540), (768, 512), (680, 453), (800, 600))  # width, height of most
UPRIGHT, TURNED = 4, 10  # one image in 4 is higher than wide, one in 10 is turned by EXIF
IN_VALID, CLASSES = 5, ("ash", "birch", "oak")
QUALITY = 85
GRAINS = (4, 12, 40, 130)  # cells of noise along the longer side: shapes, and details on them
NOISE = 3  # noise of a camera's sensor; with it a file has 1.6 bits a pixel; photographs have 1 to 2.5
ORIENTATION = 0x0112  # tag of EXIF
SIDE = 128


def photo(number: int) -> bytes:
    """Return a JPEG with shapes and details of several sizes; no two numbers give the same."""
    random = np.random.default_rng(number)
    width, height = SIZES[number % len(SIZES)]
    if number % UPRIGHT == 0:
        width, height = height, width
    pixels = np.zeros((height, width, 3), np.float32)
    for grain in GRAINS:
        cells = random.integers(0, 256, (1 + grain * height // width, grain, 3), dtype=np.uint8)
        pixels += np.asarray(Image.fromarray(cells).resize((width, height), Image.Resampling.BICUBIC))
    pixels += random.normal(0, NOISE, pixels.shape) * len(GRAINS)
    exif = Image.Exif()
    if number % TURNED == 0:
        exif[ORIENTATION] = 6
    stream = io.BytesIO()
    shades = np.clip(pixels / len(GRAINS), 0, 255).astype(np.uint8)
    Image.fromarray(shades).save(stream, "JPEG", quality=QUALITY, exif=exif)
    return stream.getvalue()


def make(folder: str, images: str) -> None:
    """Write so many photos as <split>/<class>/<number>.jpg."""
    for number in range(int(images)):
        split = "valid" if number % IN_VALID == 0 else "train"
        path = Path(folder) / split / CLASSES[number % len(CLASSES)] / f"{number:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo(number))


def ours(folder: str, tensors: str, workers: str) -> dict:
    """Return the seconds from the folder to the files of the tensors."""
    from ladder.datasets import folder as folders
    from ladder.images import pixels
    from ladder.tensorize import tensorize

    outputs = {split: str(Path(tensors) / split) for split in ("train", "valid", "test")}
    index, facts = str(Path(tensors) / "index.csv"), str(Path(tensors) / "facts.json")
    settings, source = pixels.of(image={"size": SIDE}), partial(folders.entries, folder)
    gc.freeze()  # as each job does (ladder/runtime/job.py)
    started = time.perf_counter()
    tensorize(source, outputs, index, facts, int(workers), pixels=settings)
    return {"seconds": time.perf_counter() - started}


def theirs(folder: str, workers: str) -> dict:
    """Return the seconds of one pass over all images of both splits."""
    from fastai.vision.all import ImageDataLoaders, Resize

    loaders = ImageDataLoaders.from_folder(
        folder, item_tfms=Resize(SIDE), num_workers=int(workers), device="cpu", drop_last=False
    )
    started = time.perf_counter()
    images = sum(len(batch) for loader in loaders for batch, _ in loader)
    return {"seconds": time.perf_counter() - started, "images": images}


if __name__ == "__main__":
    answer = {"make": make, "ours": ours, "theirs": theirs}[sys.argv[1]](*sys.argv[2:])
    print(json.dumps(answer))
