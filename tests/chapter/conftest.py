"""The files of the stage before the chapter, and the chapter itself."""

import json
from types import SimpleNamespace

import pandas as pd
import pytest
from safetensors.numpy import save_file

from ladder.chapter.write import write_chapter
from ladder.formats.tensors import Split
from ladder.images.means import class_means

CFG = {"seed": 0, "image": 1, "lr": 1e-5, "steps": 10, "factor": 1.0001}
TABLES = ("pixels", "rolling_ball", "descent", "nudges", "activations")


def written_in(folder, data, **changes):
    folder.mkdir(exist_ok=True)
    means = class_means(Split(data.train))
    save_file({"means": means.astype("float32")}, folder / "means.safetensors")
    paths = {name: str(folder / f"{name}.json") for name in ("facts", "timings")}
    paths |= {name: str(folder / f"{name}.csv") for name in TABLES}
    write_chapter(data.train, data.valid, str(folder / "means.safetensors"), paths, CFG | changes)
    facts, timings = (json.loads((folder / f"{name}.json").read_text()) for name in ("facts", "timings"))
    return SimpleNamespace(facts=facts, timings=timings, **{name: pd.read_csv(paths[name]) for name in TABLES})


@pytest.fixture
def chapter_of(tmp_path, one_thread):
    """`chapter_of(data, folder="a", **settings)`: facts, timings and tables of the chapter on tensorized data."""
    return lambda data, folder="a", **changes: written_in(tmp_path / folder, data, **changes)
