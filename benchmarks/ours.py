"""Our side of a measurement: the pipeline's library calls, in this process or, as a script, in a fresh one.

    python ours.py tensorize <archive> <folder for the tensors> <workers>
    python ours.py train <variant> <seed> <train.safetensors> <valid.safetensors>

print the measurement as JSON, the last line. Seconds are without imports, like the seconds of the notebook's parts.
"""

import gc
import json
import sys
import time
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "workflow")]


def study():
    """Return the default study."""
    from benchmarks.place import Place

    return Place(ROOT, cores=1).study


def tensorize(archive: str, folder: str, workers: str) -> dict:
    """Return the seconds from the archive to the files of the tensors."""
    from ladder.datasets import archive as archives
    from ladder.images.layout import of_settings
    from ladder.tensorize import tensorize as write

    outputs = {split: str(Path(folder) / f"{split}.safetensors") for split in ("train", "valid", "test")}
    index, facts = str(Path(folder) / "index.csv"), str(Path(folder) / "facts.json")
    layout = of_settings(**study().tensor_settings["layout"])
    gc.freeze()  # as each job does (ladder/runtime/job.py)
    started = time.perf_counter()
    write(partial(archives.entries, archive), outputs, index, facts, int(workers), layout)
    return {"seconds": time.perf_counter() - started}


def train(variant: str, seed: str, *splits: str) -> dict:
    """Train one run by the variant's own recipe. Return its begin and end, seconds of training, and accuracy."""
    from ladder.formats import tensors
    from ladder.machine import device
    from ladder.train import prepare_torch, train_one
    from ladder.training.batches import load_split

    settings = study()
    recipe, used = settings.recipe(variant), device.resolve(settings.settings["device"])
    prepare_torch(used, recipe["threads"])
    loaded = [load_split(path, len(tensors.metadata(path)["classes"]), used) for path in splits]
    began = time.perf_counter()  # all processes of this machine share this clock
    trained = train_one(variant, recipe, int(seed), *loaded)
    ended = time.perf_counter()
    seconds, accuracy = trained.cost["train_seconds"], trained.history[-1]["accuracy"]
    return {"began": began, "ended": ended, "seconds": seconds, "accuracy": accuracy}


if __name__ == "__main__":
    print(json.dumps({"tensorize": tensorize, "train": train}[sys.argv[1]](*sys.argv[2:])))
