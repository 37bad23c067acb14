"""Checks of a sweep in the config, point by point."""

from collections.abc import Callable, Iterator

from ladder.config import options, sweeps, swept_settings
from ladder.config import schema as config_schema
from ladder.provenance import source_code

# Keys of the recipe that cannot be swept. Threads belong to a job, and a job trains many points. Options are swept one
# by one, as `options.name`.
FIXED = ("threads", "options")


def expanded(over: dict, schemas: dict[str, dict]) -> dict[str, list]:
    """Return the values of each swept setting, by its name; the values of a list keep its order."""
    return {key: sweeps.values(spec, _whole(schemas[key])) for key, spec in over.items()}


def schemas_of(variant: dict, recipe: dict[str, dict], over: dict) -> dict[str, dict]:
    """Return the JSON schema of each setting that may be swept: keys of the recipe, and options of the models.

    recipe  JSON schema of each key that decides a result
    """
    chosen = over.get("model")
    models = chosen if isinstance(chosen, list) else [variant["model"]]
    of_models = {}
    for model in set(models) & set(source_code.modules("models")):
        of_models |= {swept_settings.OPTION + name: schema for name, schema in options.schemas(model).items()}
    return {key: schema for key, schema in recipe.items() if key not in FIXED} | dict(sorted(of_models.items()))


def problems(
    over: dict, variant: dict, schemas: dict[str, dict], contradictions: Callable[[dict], Iterator[str]]
) -> Iterator[str]:
    """Yield a line for each error of `over`; text that stands for a number becomes the number, in place.

    variant         the variant with all its settings
    contradictions  function that yields a line for each error of a variant
    """
    lines = [line for key, spec in over.items() for line in _problems_of(key, spec, schemas)]
    yield from lines
    if lines:
        return
    # One value of a range stands for all its values: all are allowed, or none. So a sweep of thousands of points does
    # not need thousands of checks.
    values = {key: spec if isinstance(spec, list) else [spec["from"]] for key, spec in over.items()}
    first: dict[str, str] = {}
    for name, point in sweeps.points_of(values).items():
        for line in contradictions(swept_settings.merged(variant, point)):
            first.setdefault(line, name)
    for line, name in first.items():
        yield f"over: at {name}: {line}"


def _problems_of(key: str, spec: list | dict, schemas: dict[str, dict]) -> Iterator[str]:
    if key not in schemas:
        yield f"over: there is no setting {key!r} to sweep; {config_schema.nearest(key, list(schemas))}"
        return
    is_range = isinstance(spec, dict)
    if is_range and not _kinds(schemas[key]) & {"number", "integer"}:
        yield f"over.{key}: a range is of numbers; this setting wants a list of values"
        return
    each = {"properties": {"from": schemas[key], "to": schemas[key]}} if is_range else {"items": schemas[key]}
    wrong = list(config_schema.problems({key: spec}, {"properties": {key: each}}, "over", fill_defaults=False))
    if not wrong and is_range and (problem := sweeps.problem_of_range(spec)):
        wrong = [f"over.{key}: {problem}"]
    yield from wrong
    if not wrong:
        yield from _repeated(key, spec, sweeps.values(spec, _whole(schemas[key])))


def _repeated(key: str, spec: list | dict, values: list) -> Iterator[str]:
    texts = [swept_settings.text(value) for value in values]
    twice = next((text for text in texts if texts.count(text) > 1), None)
    if twice is None:
        return
    if isinstance(spec, dict):
        count = spec["count"]
        yield f"over.{key}: {count} whole numbers from {texts[0]} to {texts[-1]} cannot all differ; take fewer"
    else:
        yield f"over.{key}: {twice} is there twice"


def _kinds(schema: dict) -> set[str]:
    """Return the JSON types that a schema allows; a schema without a type allows numbers."""
    if "enum" in schema:
        return {"string"}
    kinds = schema.get("type", "number")
    return {kinds} if isinstance(kinds, str) else set(kinds)


def _whole(schema: dict) -> bool:
    return "integer" in _kinds(schema)
