"""The typed view of `config.yaml`: checked against the schema, defaults filled in, variants resolved."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ladder.config import balance, contracts, dataset_kinds, described, options, order, recipes, rounds, sweep_errors
from ladder.config import schema as config_schema
from ladder.config import swept_settings as swept
from ladder.config.sources import archive_name
from ladder.config.sweeps import Sweep
from ladder.errors import LadderError
from ladder.formats.files import expanded
from ladder.images import pixels
from ladder.machine import device
from ladder.provenance import source_code

# Keys of a variant that decide a result. The other keys do not: `about`, `seeds`, `seeds_per_job`, `job`, `after`.
RECIPE = (
    *("model", "options", "init", "trainer", "optimizer", "lr", "weight_decay", "schedule", "loss"),
    *("epochs", "min_steps", "min_steps_per_class", "adapt", "batch_size", "shuffle", "sampling", "class_weights"),
    *("precision", "threads"),
)
# Settings that decide the start of a run and the order of its images. If two variants have these settings in common,
# their runs with the same seed begin alike.
CHANCE = ("model", "options", "init", "batch_size", "shuffle", "sampling")
# Checks of the plug-ins that settings name.
CONTRACTS = {
    "model": contracts.of_model,
    "trainer": contracts.of_trainer,
    "loss": contracts.of_loss,
    "metrics": contracts.of_metric,
}


@dataclass(frozen=True)
class Study:
    """One study: a dataset, a ladder of rungs, and the seeds to train them with."""

    settings: dict
    verify_data: bool = False  # not among `settings`, which the results record: it changes no result

    @property
    def dataset(self) -> str:
        return self.settings["dataset"]

    @property
    def source(self) -> dict:
        """The settings of the dataset."""
        return self.settings["datasets"][self.dataset]

    @cached_property
    def tensor_settings(self) -> dict:
        """The settings that decide the tensors: the dataset's `kind`, and its `entries`, `layout` and `pixels`."""
        keys = dataset_kinds.tensor_settings(self.source["kind"]) | {"pixels": pixels.SETTINGS}
        return {"kind": self.source["kind"]} | {
            part: {key: self.source[key] for key in keys if key in self.source} for part, keys in keys.items()
        }

    @cached_property
    def downloads(self) -> dict[str, dict]:
        """The files to download, by name: their sources, and the checksums that verify them."""
        downloads = self.source.get("downloads") or ([self.source] if "sources" in self.source else [])
        return {
            archive_name(download["sources"]): {key: download.get(key) for key in ("sources", *dataset_kinds.CHECKS)}
            for download in downloads
        }

    @property
    def tables(self) -> list[str]:
        """The table and the lists of the dataset that are files of this machine."""
        named = [self.source.get("table"), *self.source.get("lists", {}).values()]
        return [path for path in named if path and expanded(path).is_file()]

    @cached_property
    def rungs(self) -> list[str]:
        """The names of baselines and variants, from the lowest rung to the highest."""
        return list(self.settings["ladder"])

    @cached_property
    def variants(self) -> list[str]:
        return [name for name in self.rungs if name not in source_code.modules("baselines")]

    @cached_property
    def baselines(self) -> list[str]:
        return [name for name in self.rungs if name in source_code.modules("baselines")]

    def variant(self, name: str) -> dict:
        return self.settings["variants"][name]

    def recipe(self, name: str) -> dict:
        """Return the settings of a variant that decide its results; `precision: auto` becomes the device's own."""
        recipe = {key: self.variant(name)[key] for key in RECIPE}
        if recipe["precision"] == "auto":
            recipe["precision"] = device.precision(device.resolve(self.settings["device"]))
        return recipe

    @cached_property
    def twins(self) -> list[list[str]]:
        """The groups of variants of the ladder whose runs with the same seed have the same start and order."""
        groups: dict[str, list[str]] = {}
        for name in self.variants:
            groups.setdefault(repr([self.variant(name)[key] for key in CHANCE]), []).append(name)
        return [names for names in groups.values() if len(names) > 1]

    @cached_property
    def sweeps(self) -> dict[str, Sweep]:
        """The sweeps of the config, each by the name of its variant."""
        return {name: self._sweep(name, entry) for name, entry in self.settings["sweep"].items()}

    def _sweep(self, name: str, entry: dict) -> Sweep:
        over = sweep_errors.expanded(entry["over"], _schemas_of_sweep(self.settings, name))
        recipe = self.recipe(name)
        return Sweep(
            recipe=swept.without(recipe, list(over)),
            own=swept.name_of(swept.own(recipe, list(over))),
            over=over,
            seeds=entry.get("seeds", self.rounds(name)[0]),
            runs_per_job=entry["runs_per_job"],
        )

    def rounds(self, name: str) -> list[int]:
        """Return the number of seeds of a variant after each round; one number if there is one round."""
        return rounds.counts(self.variant(name).get("seeds", self.settings["seeds"]))

    def seeds(self, name: str) -> int:
        """Return the number of seeds that a variant is trained with, at most."""
        return self.rounds(name)[-1]

    def blocks(self, name: str) -> list[str]:
        """Return the blocks of seeds that one job trains each: 5 seeds in blocks of 2 are `0-1`, `2-3`, `4-4`."""
        size = self.variant(name).get("seeds_per_job", self.settings["seeds_per_job"])
        return rounds.blocks(self.rounds(name), size)

    def round_of(self, name: str, block: str) -> int:
        """Return the round that trains a block, counted from 1."""
        return 1 + sum(number <= seeds_of(block)[0] for number in self.rounds(name))

    @cached_property
    def looks(self) -> dict[str, list[int]]:
        """The number of seeds after each round of the study, of the variants that have rounds; they may be none."""
        numbers = {name: self.rounds(name) for name in self.variants if len(self.rounds(name)) > 1}
        most = max(map(len, numbers.values()), default=0)
        return {name: own + own[-1:] * (most - len(own)) for name, own in numbers.items()}

    @cached_property
    def jobs(self) -> dict[str, list[str]]:
        """The variants that one job trains, by the job's name.

        A job of several variants has the name that their key `job` gives. A variant joins the first variant of the same
        `job` if both have the same rounds, blocks of seeds and threads. A job of one variant has the variant's name.
        """
        groups: dict[str, list[str]] = {}
        for name in self.variants:
            if (job := self.variant(name)["job"]) is not None:
                groups.setdefault(job, []).append(name)
        alike = {
            job: [name for name in names if self._job_settings(name) == self._job_settings(names[0])]
            for job, names in groups.items()
        }
        shared = {job: names for job, names in alike.items() if len(names) > 1}
        grouped = {name for names in shared.values() for name in names}
        return shared | {name: [name] for name in self.variants if name not in grouped}

    def _job_settings(self, name: str) -> tuple:
        return self.rounds(name), self.blocks(name), self.variant(name)["threads"]


def seeds_of(block: str) -> list[int]:
    """Return the seeds of a block that `Study.blocks` names: `2-4` is [2, 3, 4]."""
    first, last = block.split("-")
    return list(range(int(first), int(last) + 1))


def load(settings: dict) -> Study:
    """Check `settings`, fill in defaults and the ladder's rungs, and put all keys in order, all in place.

    Raises LadderError with one line per error.
    """
    _refuse(_problems_of_kinds(settings))
    schema = described.of_study(settings)
    _refuse(config_schema.problems(settings, schema))
    _refuse(_problems_of_datasets(settings, schema["$defs"]["variant"]))
    _apply_dataset(settings)
    _refuse(_contradictions(settings))
    _refuse(_problems_of_sweeps(settings))
    settings["ladder"] = order.rungs(*_ladder(settings))
    _put_in_order(settings, schema)
    return Study(settings, settings.pop("verify_data"))


def in_place_of_text(settings: dict) -> Iterator[tuple[tuple, object]]:
    """Yield the path of each setting that is no text where text is wanted, and its value."""
    schema, variant = described.of_study(settings), {"$ref": "#/$defs/variant"}
    for dataset in schema["properties"]["datasets"]["properties"].values():
        dataset["properties"] |= {"recipe": variant, "variants": {"additionalProperties": variant}}
    yield from config_schema.in_place_of_text(settings, schema)


def _problems_of_kinds(settings: dict) -> Iterator[str]:
    for name, kind in described.kinds(settings).items():
        yield from (f"datasets.{name}.kind: {line}" for line in contracts.of_dataset(kind))


def _refuse(problems: Iterator[str]) -> None:
    lines = sorted(set(problems))
    if lines:
        raise LadderError("\n".join(f"config: {line}" for line in lines))


def _problems_of_datasets(settings: dict, schema: dict) -> Iterator[str]:
    """Yield a line for each error of the datasets, including the settings of variants that they change.

    A dataset may change any settings of a variant; it need not give all of them.
    """
    yield from _undefined("dataset", settings["dataset"], list(settings["datasets"]), "dataset")
    partial = {**schema, "required": []}
    for name, dataset in settings["datasets"].items():
        where = f"datasets.{name}"
        yield from _undefined(f"{where}.kind", dataset["kind"], dataset_kinds.kinds(), "module of datasets/")
        yield from (f"{where}.{problem}" for problem in dataset_kinds.problems(dataset))
        yield from config_schema.problems(dataset["recipe"], partial, f"{where}.recipe", fill_defaults=False)
        for variant, changes in dataset["variants"].items():
            yield from _undefined(f"{where}.variants", variant, list(settings["variants"]), "variant")
            yield from config_schema.problems(changes, partial, f"{where}.variants.{variant}", fill_defaults=False)


def _apply_dataset(settings: dict) -> None:
    """Change the variants: the dataset's `recipe` changes all, its `variants` single ones, strict their precision."""
    dataset = settings["datasets"][settings["dataset"]]
    for name, variant in settings["variants"].items():
        variant.update(dataset["recipe"] | dataset["variants"].get(name, {}))
        if settings["reproducibility"] == "strict":
            # A processor without bfloat16 takes ten times as long to compute in it.
            variant["precision"] = "fp32"


def _ladder(settings: dict) -> tuple:
    """Return the arguments of `order.rungs`."""
    shipped = described.schema()["properties"]["ladder"]["default"]
    return settings["ladder"], shipped, settings["variants"], source_code.modules("baselines")


def _put_in_order(settings: dict, schema: dict) -> None:
    ordered = config_schema.in_order(settings, schema, schema["$defs"])
    variants = ordered["variants"]
    rungs = [name for name in ordered["ladder"] if name in variants]
    ordered["variants"] = {name: variants[name] for name in dict.fromkeys([*rungs, *variants])}
    settings.clear()
    settings.update(ordered)


def _contradictions(settings: dict) -> Iterator[str]:
    """Yield errors that a schema cannot find: names that are defined nowhere, settings that exclude each other."""
    variants = settings["variants"]
    yield from order.problems(*_ladder(settings))
    yield from (f"seeds.{problem}" for problem in rounds.problems(settings["seeds"]))
    for name in settings["ladder"]:
        if name in source_code.modules("baselines"):
            yield from (f"ladder: {line}" for line in contracts.of_baseline(name))
    for name in settings["metrics"]:
        yield from _plugged("metrics", name, list(source_code.functions("metrics")), "function of metrics.py")
    for name in settings["figures"]:
        yield from _undefined("figures", name, source_code.modules("figures"), "module of figures/")
    for name in settings["try_it"]:
        yield from _undefined("try_it", name, list(variants), "variant")
    for name, variant in variants.items():
        if name in source_code.modules("baselines"):
            yield f"variants.{name}: this name is a baseline's; choose another"
        if "sweep" in (name, variant["job"]):
            yield f"variants.{name}: a job of training cannot be called sweep, as train_sweep is the job of sweeps"
        if variant["job"] in variants:
            yield f"variants.{name}.job: {variant['job']} is the name of a variant; choose another for the job"
        yield from (f"variants.{name}.seeds.{problem}" for problem in rounds.problems(variant.get("seeds", 1)))
        for problem in _contradictions_of(variant):
            yield f"variants.{name}.{problem}"


def _contradictions_of(variant: dict) -> Iterator[str]:
    yield from (
        problems := list(_plugged("model", variant["model"], source_code.modules("models"), "module of models/"))
    )
    if problems:
        return
    trainers = source_code.modules("trainers")
    yield from (problems := list(_plugged("trainer", variant["trainer"], trainers, "module of trainers/")))
    if not problems:
        yield from recipes.problems(variant)
    yield from _plugged("loss", variant["loss"], list(source_code.functions("losses")), "function of losses.py")
    yield from options.problems(variant["options"], variant["model"])
    yield from balance.problems(variant)


def _problems_of_sweeps(settings: dict) -> Iterator[str]:
    for name, entry in settings["sweep"].items():
        variant = settings["variants"].get(name)
        if variant is None:
            yield from _undefined("sweep", name, list(settings["variants"]), "variant")
            continue
        schemas = _schemas_of_sweep(settings, name)
        for problem in sweep_errors.problems(entry["over"], variant, schemas, _contradictions_of):
            yield f"sweep.{name}.{problem}"


def _schemas_of_sweep(settings: dict, name: str) -> dict[str, dict]:
    properties = described.schema()["$defs"]["variant"]["properties"]
    recipe = {key: properties[key] for key in RECIPE}
    # `auto` would train the same point as one of the other values.
    recipe["precision"] = {"enum": [value for value in recipe["precision"]["enum"] if value != "auto"]}
    return sweep_errors.schemas_of(settings["variants"][name], recipe, settings["sweep"][name]["over"])


def _plugged(key: str, name: str, known: list[str], kind: str) -> Iterator[str]:
    """Yield a line for each problem of a plug-in that a setting names: it is missing, or breaks its contract."""
    yield from (problems := list(_undefined(key, name, known, kind)))
    if not problems:
        yield from (f"{key}: {line}" for line in CONTRACTS[key](name))


def _undefined(key: str, name: str, known: list[str], kind: str) -> Iterator[str]:
    yield from (f"{key}: {line}" for line in config_schema.undefined(name, known, kind))
