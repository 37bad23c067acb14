"""Checks of a variant's settings for classes of unequal sizes."""

from collections.abc import Iterator

from ladder.provenance import source_code

LOSS = "training.weighted_loss.loss_of"  # the function that weighs classes


def problems(variant: dict) -> Iterator[str]:
    """Yield a line for each setting of a variant that another setting, or the trainer, contradicts."""
    weighs = variant["class_weights"] != "none"
    if variant["sampling"] == "balanced" and not variant["shuffle"]:
        yield "sampling: balanced draws a new order in every epoch; it goes with shuffle: true"
    if variant["sampling"] == "balanced" and variant["class_weights"] == "balanced":
        yield "class_weights: with sampling: balanced all classes count the same already; take one of the two"
    trainer = variant["trainer"]
    known = source_code.function(f"trainers.{trainer}", "fit") if trainer in source_code.modules("trainers") else None
    if weighs and known and not source_code.uses(f"trainers.{trainer}.fit", LOSS):
        yield (
            f"class_weights: trainers/{trainer}.py would leave them out, since it does not take its loss from "
            f"{LOSS}(recipe, train)"
        )
