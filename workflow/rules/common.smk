# Checks the config, and says where the outputs of each stage lie.

import os
import sys
from pathlib import Path

LIBRARY = str(Path(workflow.basedir) / "workflow")
sys.path.insert(0, LIBRARY)
# The scripts of the jobs import the same library.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [LIBRARY, os.environ.get("PYTHONPATH")]))

from ladder import config as study_config
from ladder import device, download, provenance
from ladder.datasets import folder
from ladder.errors import LadderError

try:
    STUDY = study_config.load(config)
except LadderError as error:
    sys.exit(str(error))

DEVICE = device.resolve(STUDY.settings["device"])
# Without this a `--resources` of the command line that does not name gpu would let all GPU jobs run at once.
workflow.global_resources.setdefault("gpu", 1)

RESULTS = f"results/{STUDY.dataset}"
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"

TENSORS = {split: f"{RESULTS}/tensorize/{split}.safetensors" for split in ("train", "valid")}
INDEX = f"{RESULTS}/tensorize/index.csv"
FACTS = f"{RESULTS}/tensorize/facts.json"
MEANS = f"{RESULTS}/baseline/means.safetensors"
TABLES = ("metrics", "summary", "confusion", "mistakes")


wildcard_constraints:
    variant="|".join(STUDY.variants) or "none",
    block=r"\d+-\d+",
    figure="|".join(STUDY.settings["figures"]) or "none",


def files_of(rung: str, kind: str) -> list[str]:
    """Files of one kind (`scores.parquet`, `costs.csv`, ...) that a rung's baseline or training jobs write."""
    if rung in STUDY.baselines:
        return [f"{RESULTS}/baseline/{rung}/{kind}"]
    return [f"{RESULTS}/train/{rung}/{block}/{kind}" for block in STUDY.blocks(rung)]


def files_of_variants(kind: str) -> list[str]:
    return [path for variant in STUDY.variants for path in files_of(variant, kind)]


def files_of_rungs(kind: str) -> list[str]:
    return [path for rung in STUDY.rungs for path in files_of(rung, kind)]


# What a figure or the report may ask for, by the name of a parameter of its function.
ARTIFACTS = {
    **{name: f"{RESULTS}/evaluate/{name}.csv" for name in TABLES},
    **TENSORS,
    "index": INDEX,
    "means": MEANS,
    "history": files_of_variants("history.csv"),
    "costs": files_of_rungs("costs.csv"),
    "weights": files_of_variants("weights.safetensors"),
}
