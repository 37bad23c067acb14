"""Each situation of docs/data.md with small data made here: the whole ladder runs to the report."""

import gzip
import io
import json
import struct

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml
from PIL import Image
from pyarrow import parquet

from tests.docs.written import blocks, plug_ins, write_plug_ins

SIDE, EACH = 8, 12
QUICK = {"seeds": 1, "figures": ["ladder", "samples"], "try_it": []}


def bars(label, number, side=SIDE):
    """An image of a class: a bright bar whose place is the class, on noise."""
    pixels = np.random.default_rng(100 * label + number).integers(0, 90, (side, side), dtype=np.uint8)
    pixels[(2 * label + 1) % side] = 250
    return pixels


@pytest.fixture
def image(png):
    return lambda label, number: png(bars(label, number))


def arrays(counts, labels=3):
    for count in counts:
        numbers = np.arange(labels * count)
        yield np.stack([bars(number % labels, number) for number in numbers])
        yield (numbers % labels).astype(np.uint8)


def idx(values):
    return gzip.compress(
        bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()
    )


def rows(image, labels, names):
    images = [{"bytes": image(label, number), "path": None} for number, label in enumerate(labels)]
    features = {"labels": {"names": names, "_type": "ClassLabel"}}
    told = {"huggingface": json.dumps({"info": {"features": features}})}
    stream = io.BytesIO()
    parquet.write_table(pa.table({"image": images, "labels": labels}).replace_schema_metadata(told), stream)
    return stream.getvalue()


def letters(image):
    return {
        f"letters/{split}/{'ab'[label]}/{number}.png": image(label, number + (split == "valid") * EACH)
        for split in ("train", "valid")
        for label in range(2)
        for number in range(EACH)
    }


def pets(image):
    return {
        f"pets/{('cat', 'dog')[label]}/{number}.png": image(label, number) for label in range(2) for number in range(20)
    }


def cats(image):
    train = {f"cats/train/{('cat', 'dog')[n % 2]}.{n}.png": image(n % 2, n) for n in range(2 * EACH)}
    return train | {f"cats/test1/{n}.png": image(0, 500 + n) for n in range(3)}


def breeds(image):
    lines = ["id,breed", *(f"{n:08x},{('pug', 'NA')[n % 2]}" for n in range(2 * EACH)), "gone,pug"]
    images = {f"breeds/train/{n:08x}.png": image(n % 2, n) for n in range(2 * EACH)}
    return images | {"breeds/labels.csv": "\n".join(lines).encode(), "breeds/test/ff.png": image(0, 500)}


def scans(image):
    return {
        f"scans/{('healthy', 'ill')[patient % 2]}/p{patient:03}_{number}.png": image(patient % 2, 10 * patient + number)
        for patient in range(12)
        for number in range(3)
    }


def blood(_):
    names = [f"{split}_{kind}" for split in ("train", "val", "test") for kind in ("images", "labels")]
    stream = io.BytesIO()
    np.savez_compressed(stream, **dict(zip(names, arrays((EACH, 4, 4)))))
    return {"bloodmnist.npz": stream.getvalue()}


def fashion(_):
    names = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    return {f"fashion/{name}-ubyte.gz": idx(values) for name, values in zip(names, arrays((EACH, 6)))}


def beans(image):
    names = ["healthy", "rust"]
    return {
        "beans/data/train-00000-of-00001.parquet": rows(image, [0, 1] * EACH, names),
        "beans/data/validation-00000-of-00001.parquet": rows(image, [1, 0] * 4, names),
    }


def birds(_):
    """Photos of many sizes, one with alpha, and a damaged one."""
    files = {}
    for number in range(30):
        pixels = np.zeros((90 + number, 140 - 2 * number, 3), np.uint8) + np.uint8(40 * (number % 2) + number)
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "JPEG")
        files[f"birds/{('wren', 'owl')[number % 2]}/{number}.jpg"] = stream.getvalue()
    stream = io.BytesIO()
    Image.fromarray(np.full((64, 64, 4), 128, np.uint8)).save(stream, "PNG")
    cut = files["birds/owl/1.jpg"][:300]
    return files | {"birds/wren/drawing.png": stream.getvalue(), "birds/owl/cut.jpg": cut}


# dataset: function that makes its files, images by split, classes
SITUATIONS = {
    "letters": (letters, {"train": 24, "valid": 24}, ["a", "b"]),
    "pets": (pets, {"train": 28, "valid": 8, "test": 4}, ["cat", "dog"]),
    "cats": (cats, {"train": 20, "valid": 4}, ["cat", "dog"]),
    "breeds": (breeds, {"train": 20, "valid": 4}, ["NA", "pug"]),
    "scans": (scans, {"train": 27, "valid": 9}, ["healthy", "ill"]),
    "blood": (blood, {"train": 36, "valid": 12, "test": 12}, ["0", "1", "2"]),
    "fashion": (fashion, {"train": 36, "valid": 18}, ["0", "1", "2"]),
    "birds": (birds, {"train": 25, "valid": 6}, ["owl", "wren"]),
    "beans": (beans, {"train": 24, "valid": 8}, ["healthy", "rust"]),
}


def settings_of(dataset):
    """The settings in the page's first block about this data set."""
    texts = (block.text for block in blocks("yaml") if block.page == "docs/data.md")
    return next(settings for settings in map(yaml.safe_load, texts) if settings.get("dataset") == dataset)


def test_every_situation_of_the_page_is_here():
    texts = [yaml.safe_load(block.text) for block in blocks("yaml") if block.page == "docs/data.md"]
    assert {settings["dataset"] for settings in texts if "dataset" in settings} <= {*SITUATIONS}
    assert all(len(block.text.splitlines()) <= 10 for block in blocks("yaml") if block.page == "docs/data.md")


@pytest.mark.slow
@pytest.mark.parametrize("dataset", SITUATIONS)
def test_the_whole_ladder_runs_to_the_report(dataset, project, write_folder, image, shipped):
    make, images, classes = SITUATIONS[dataset]
    write_folder(project.folder / "data", make(image))
    settings = settings_of(dataset) | QUICK
    settings["datasets"][dataset] |= {
        "recipe": {"epochs": 1, "batch_size": 8, "min_steps": 0, "min_steps_per_class": 0}
    }
    project.overlay(settings)
    project.snakemake("--cores", "2", "--configfile", "overlay.yaml")
    results = project.results(dataset)
    facts = json.loads((results / "tensorize/facts.json").read_text())
    assert (facts["images"], facts["classes"]) == (images, classes)
    summary = pd.read_csv(results / "evaluate/summary.csv", keep_default_na=False)
    assert set(shipped["ladder"]) == set(summary["variant"])
    assert "</html>" in (results / "report.html").read_text()


def test_the_example_of_a_kind_of_source(project):
    assert "workflow/ladder/datasets/hex_lines.py" in [path for path, _, _ in plug_ins()]
    write_plug_ins(project.folder)
    lines = [
        f"{split} {label} {bars(label, n).tobytes().hex()}"
        for split in ("train", "valid")
        for label in range(2)
        for n in range(9)
    ]
    (project.folder / "lines.txt").write_text("\n".join(lines))
    dataset = {"kind": "hex_lines", "path": "lines.txt", "side": SIDE}
    project.overlay({"dataset": "hex", "datasets": {"hex": dataset}, "ladder": ["pixel_l1"]} | QUICK)
    project.snakemake("--cores", "2", "--configfile", "overlay.yaml")
    facts = json.loads((project.results("hex") / "tensorize/facts.json").read_text())
    assert facts["images"] == {"train": 18, "valid": 18}
    told = json.loads((project.results("hex") / "provenance.json").read_text())
    assert told["data"]["side"] == SIDE
    assert "accuracy" in (project.results("hex") / "report.html").read_text()
