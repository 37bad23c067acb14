"""The schema of the config, completed with the settings that plug-ins declare."""

from functools import cache
from pathlib import Path

import yaml

from ladder.config import dataset_kinds, recipes

SCHEMA = Path(__file__).resolve().parents[2] / "schemas" / "config.schema.yaml"


def schema() -> dict:
    """Return the schema of the config, with the optimizers and schedules that the trainers know."""
    described = _read()
    variant = described["$defs"]["variant"]
    choices = {key: variant["properties"][key] | {"enum": recipes.choices(key)} for key in ("optimizer", "schedule")}
    variant = variant | {"properties": variant["properties"] | choices}
    return described | {"$defs": described["$defs"] | {"variant": variant}}


def of_study(settings: dict) -> dict:
    """Return the schema of the config, in which each dataset of `settings` has the settings of its kind."""
    described = schema()
    properties, dataset = described["properties"], described["$defs"]["dataset"]
    own = {name: dataset_kinds.schema(kind, dataset) for name, kind in sorted(kinds(settings).items())}
    return described | {"properties": properties | {"datasets": properties["datasets"] | {"properties": own}}}


def kinds(settings: dict) -> dict[str, str]:
    """Return the kind of each dataset by its name, without datasets that have no known kind."""
    datasets = settings.get("datasets")
    named = {
        name: dataset.get("kind")
        for name, dataset in (datasets.items() if isinstance(datasets, dict) else ())
        if isinstance(name, str) and isinstance(dataset, dict)
    }
    return {name: kind for name, kind in named.items() if kind in dataset_kinds.kinds()}


@cache
def _read() -> dict:
    return yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
