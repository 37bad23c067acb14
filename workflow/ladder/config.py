"""The typed view of `config.yaml`: checked against the schema, defaults filled in, variants resolved."""

import difflib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jsonschema
import yaml

from ladder import provenance
from ladder.errors import LadderError

SCHEMA = Path(__file__).resolve().parent.parent / "schemas" / "config.schema.yaml"
BASELINES = ("pixel_l1", "pixel_l2")
# What of a dataset decides its tensors, by the kind of source.
SOURCE_OPTIONS = {
    "archive": ("train", "valid"),
    "folder": ("train", "valid"),
    "sklearn_digits": ("valid_fraction", "split_seed"),
}
# What of a variant decides a result; the rest (`about`, `seeds`, `seeds_per_job`) may change without a rerun.
RECIPE = (
    *("model", "options", "init", "trainer", "optimizer", "lr", "weight_decay", "schedule", "loss"),
    *("epochs", "batch_size", "shuffle", "threads"),
)


@dataclass(frozen=True)
class Study:
    """One study: a dataset, a ladder of rungs, and the seeds to train them with."""

    settings: dict

    @property
    def dataset(self) -> str:
        return self.settings["dataset"]

    @property
    def source(self) -> dict:
        """Settings of the dataset."""
        return self.settings["datasets"][self.dataset]

    @cached_property
    def rungs(self) -> list[str]:
        """Names of baselines and variants, from the lowest rung to the highest."""
        return list(self.settings["ladder"] or [*BASELINES, *self.settings["variants"]])

    @cached_property
    def variants(self) -> list[str]:
        return [name for name in self.rungs if name not in BASELINES]

    @cached_property
    def baselines(self) -> list[str]:
        return [name for name in self.rungs if name in BASELINES]

    def variant(self, name: str) -> dict:
        return self.settings["variants"][name]

    def recipe(self, name: str) -> dict:
        """The settings of a variant that decide its results."""
        return {key: self.variant(name)[key] for key in RECIPE}

    def blocks(self, name: str) -> list[str]:
        """Blocks of seeds that one job trains: 5 seeds by 2 are `0-1`, `2-3`, `4-4`."""
        seeds = self.variant(name).get("seeds", self.settings["seeds"])
        size = self.variant(name).get("seeds_per_job", self.settings["seeds_per_job"])
        return [f"{first}-{min(first + size, seeds) - 1}" for first in range(0, seeds, size)]


def seeds_of(block: str) -> list[int]:
    """Seeds of a block named by `Study.blocks`: `2-4` is [2, 3, 4]."""
    first, last = block.split("-")
    return list(range(int(first), int(last) + 1))


def load(settings: dict) -> Study:
    """Check `settings` and fill in defaults (in place). Raises LadderError with one line an error."""
    schema = _WithDefaults(yaml.safe_load(SCHEMA.read_text(encoding="utf-8")))
    _convert_numbers(settings, schema)
    _refuse(line for error in schema.iter_errors(settings) for line in _sentences(error))
    _refuse(_undefined("dataset", settings["dataset"], list(settings["datasets"]), "dataset"))
    _apply_dataset(settings)
    _refuse(line for error in schema.iter_errors(settings) for line in _sentences(error))
    _refuse(_contradictions(settings))
    return Study(settings)


def _convert_numbers(settings: dict, schema: jsonschema.Validator) -> None:
    """Turn strings into the numbers and truth values that belong there: `--config` leaves nested ones text."""
    for error in list(schema.iter_errors(settings)):
        if error.validator == "type" and isinstance(error.instance, str):
            *folders, key = error.absolute_path
            place = settings
            for folder in folders:
                place = place[folder]
            place[key] = _number(error.instance)


def _number(text: str) -> object:
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _refuse(problems: Iterator[str]) -> None:
    lines = sorted(set(problems))
    if lines:
        raise LadderError("\n".join(f"config: {line}" for line in lines))


def _apply_dataset(settings: dict) -> None:
    """Change the variants as the dataset wants them: `recipe` in all, `variants` in single ones."""
    dataset = settings["datasets"][settings["dataset"]]
    for name in dataset["variants"]:
        where = f"datasets.{settings['dataset']}.variants"
        _refuse(_undefined(where, name, list(settings["variants"]), "variant"))
    for name, variant in settings["variants"].items():
        variant.update(dataset["recipe"] | dataset["variants"].get(name, {}))


def _fill_defaults(validator, properties, instance, schema) -> Iterator[jsonschema.ValidationError]:
    # The recipe of jsonschema's own FAQ: defaults are filled in while the properties are validated.
    if isinstance(instance, dict):
        for key, subschema in properties.items():
            if "default" in subschema:
                instance.setdefault(key, subschema["default"])
    yield from jsonschema.Draft202012Validator.VALIDATORS["properties"](validator, properties, instance, schema)


_WithDefaults = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"properties": _fill_defaults})


def _sentences(error: jsonschema.ValidationError) -> Iterator[str]:
    """One line an error: the key's path, what is wrong, what is allowed."""
    where = ".".join(str(part) for part in error.absolute_path)
    prefix = f"{where}: " if where else ""
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        for key in error.instance:
            if key not in known:
                yield f"{prefix}unknown key {key!r}; {_nearest(str(key), known)}"
    elif error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        yield f"{prefix}the key {missing[0]!r} is missing; {_described(error.schema, missing[0])}"
    elif error.validator == "enum":
        yield f"{prefix}{error.instance!r} is not allowed; {_nearest(str(error.instance), error.validator_value)}"
    elif error.validator in ("anyOf", "oneOf") and "errorMessage" in error.schema:
        yield f"{prefix}{error.schema['errorMessage']}"
    elif error.validator == "type":
        kinds = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
        yield f"{prefix}{error.instance!r} is not of type {' or '.join(kinds)}"
    elif error.validator == "if":
        yield from (line for cause in error.context for line in _sentences(cause))
    else:
        yield f"{prefix}{error.message}"


def _nearest(word: str, known: list) -> str:
    known = [str(name) for name in known]
    close = difflib.get_close_matches(word, known, n=1)
    allowed = f"allowed are {', '.join(known)}" if known else "there are none"
    return f"did you mean {close[0]!r}?" if close else allowed


def _described(schema: dict, key: str) -> str:
    return f"it is: {schema.get('properties', {}).get(key, {}).get('description', 'required')}"


def _contradictions(settings: dict) -> Iterator[str]:
    """What a schema cannot say: names that must be defined elsewhere, and settings that exclude each other."""
    variants = settings["variants"]
    rungs = [*BASELINES, *variants]
    for name in settings["ladder"]:
        yield from _undefined("ladder", name, rungs, "variant or baseline")
    for name in settings["metrics"]:
        yield from _undefined("metrics", name, list(provenance.functions("metrics")), "function of metrics.py")
    for name in settings["figures"]:
        yield from _undefined("figures", name, provenance.modules("figures"), "module of figures/")
    for name, variant in variants.items():
        if name in BASELINES:
            yield f"variants.{name}: this name is a baseline's; choose another"
        for problem in _contradictions_of(variant):
            yield f"variants.{name}.{problem}"


def _contradictions_of(variant: dict) -> Iterator[str]:
    yield from (
        problems := list(_undefined("model", variant["model"], provenance.modules("models"), "module of models/"))
    )
    if problems:
        return
    yield from _undefined("trainer", variant["trainer"], provenance.modules("trainers"), "module of trainers/")
    yield from _undefined("loss", variant["loss"], list(provenance.functions("losses")), "function of losses.py")
    known = provenance.functions(f"models.{variant['model']}")["build"][2:]
    for key in variant["options"]:
        yield from _undefined("options", key, list(known), f"option of models/{variant['model']}.py")
    if (variant["trainer"] == "by_hand") != (variant["optimizer"] == "by_hand"):
        yield "optimizer: the trainer by_hand and the optimizer by_hand go together"
    if variant["schedule"] == "one_cycle" and variant["optimizer"] in ("by_hand", "basic"):
        yield f"schedule: one_cycle needs the optimizer sgd, adam or adamw, not {variant['optimizer']}"
    for key in ("lr", "weight_decay"):
        if variant[key] is not None and not math.isfinite(variant[key]):
            yield f"{key}: {variant[key]} is no number to train with; it must be finite"
    if variant["weight_decay"] is not None and variant["optimizer"] not in ("adam", "adamw"):
        yield f"weight_decay: only the optimizers adam and adamw have it, not {variant['optimizer']}"


def _undefined(key: str, name: str, known: list[str], kind: str) -> Iterator[str]:
    if name not in known:
        yield f"{key}: there is no {kind} {name!r}; {_nearest(name, known)}"
