"""Files of a block of seeds of a variant that a round of seeds leaves out (ladder/rounds.py): they hold no seed."""

import json
from pathlib import Path

from safetensors import safe_open
from safetensors.numpy import save_file

from ladder.formats import scores, tables, tensors
from ladder.formats.files import atomic
from ladder.training.costs import COSTS
from ladder.training.failures import FAILURES
from ladder.training.history import HISTORY


def trained_in(path: str | Path) -> list[str]:
    """Return the variants that a round trains, from the file of the round; none if there is no file yet."""
    return json.loads(Path(path).read_text(encoding="utf-8"))["variants"] if Path(path).is_file() else []


def write(variant: str, recipe: dict, valid: str, outputs: dict[str, str]) -> None:
    """Write the files of train.train_block without a seed.

    valid    tensor file of the validation images
    outputs  as for train.train_block
    """
    classes = tensors.metadata(valid)["classes"]
    with safe_open(valid, "np") as file:
        labels = file.get_tensor("labels")
    about = json.dumps({"variant": variant, "recipe": recipe, "classes": classes}, sort_keys=True)
    with atomic(outputs["weights"]) as partial:
        save_file({}, partial, metadata={"ladder": about})
    for kind, columns in (("history", HISTORY), ("costs", COSTS), ("failures", FAILURES)):
        tables.write(outputs[kind], [], columns)
    scores.write(outputs["scores"], classes, labels, {}, probabilities=True)
    print(f"{variant}: this round leaves the variant out; its pairs are decided, or more seeds cannot decide them")
