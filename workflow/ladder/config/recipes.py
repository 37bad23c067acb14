"""Settings of a variant, checked against the declarations of its trainer and its optimizer."""

from collections.abc import Iterator

from ladder.config import schema
from ladder.provenance import declared

# Settings of a variant, with the constant in which a trainer lists the values that it knows.
KNOWN = {"optimizer": "OPTIMIZERS", "schedule": "SCHEDULES", "precision": "PRECISIONS"}
AUTO = {"fp32", "bf16"}  # `precision: auto` becomes one of these, depending on the machine


def choices(key: str) -> list[str]:
    """Return the values of a setting that any trainer knows."""
    return declared.words_of_all("trainers", KNOWN[key])


def problems(variant: dict) -> Iterator[str]:
    """Yield a line for each setting that the variant's trainer does not know, or that its optimizer does not take."""
    trainer = variant["trainer"]
    known = {key: list(declared.words(f"trainers.{trainer}", constant)) for key, constant in KNOWN.items()}
    if set(known["precision"]) >= AUTO:
        known["precision"].append("auto")
    unknown = [key for key in KNOWN if variant[key] not in known[key]]
    for key in unknown:
        nearest = schema.nearest(variant[key], known[key])
        yield f"{key}: the trainer {trainer} knows no {key} {variant[key]!r}; {nearest}"
    if not unknown:
        yield from _not_taken(variant, known["optimizer"])


def _not_taken(variant: dict, optimizers: list[str]) -> Iterator[str]:
    """Yield a line if the optimizer takes no schedule or no weight decay, and the variant has one.

    optimizers  the optimizers of the variant's trainer
    """
    trainer, optimizer = variant["trainer"], variant["optimizer"]
    fixed, decaying = (_listed(trainer, constant) for constant in ("WITHOUT_SCHEDULE", "WITH_WEIGHT_DECAY"))
    takers = {
        "schedule": [name for name in optimizers if name not in fixed],
        "weight_decay": [name for name in optimizers if name in decaying],
    }
    asked = {"schedule": variant["schedule"] != "constant", "weight_decay": variant["weight_decay"] is not None}
    for key, names in takers.items():
        if asked[key] and optimizer not in names:
            allowed = ", ".join(names) or "none"
            yield f"{key}: the optimizer {optimizer} has none; optimizers of the trainer {trainer} with one: {allowed}"


def _listed(trainer: str, constant: str) -> set[str]:
    """Return the optimizers that a constant lists, in training/optimizers.py or in the trainer's own file."""
    places = ("training.optimizers", f"trainers.{trainer}")
    return {word for place in places for word in declared.words(place, constant) or ()}
