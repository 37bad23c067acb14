"""Options of a model: the keyword arguments of its `build`, checked against their type annotations."""

from collections.abc import Iterator

from ladder.config import schema
from ladder.provenance import source_code

TYPES = {"int": "integer", "float": "number", "bool": "boolean", "str": "string", "list | tuple": "array"}


def schemas(model: str) -> dict[str, dict]:
    """Return the JSON schema of each option, by its name; an option whose type is not in TYPES allows any value."""
    build = source_code.function(f"models.{model}", "build")
    annotated, names = source_code.annotations(build), source_code.parameters(build)[2:]
    return {name: {"type": TYPES[annotated[name]]} if annotated.get(name) in TYPES else {} for name in names}


def problems(options: dict, model: str) -> Iterator[str]:
    """Yield a line for each option that is missing, unknown to the model, or of another type.

    Text that stands for a number becomes that number, in place. So does text in lists, at any depth, since `--config`
    leaves numbers in lists as text.
    """
    known = schemas(model)
    build = source_code.function(f"models.{model}", "build")
    for key in source_code.required(build)[2:]:
        if key not in options:
            yield f"options: the option {key!r} is missing, for which models/{model}.py has no default"
    for key in options:
        if key not in known and build.args.kwarg is None:
            yield f"options: models/{model}.py has no option {key!r}; {schema.nearest(key, list(known))}"
        elif isinstance(options[key], list):
            options[key] = _numbers(options[key])
    yield from schema.problems(options, {"properties": known}, "options", fill_defaults=False)


def _numbers(value: object) -> object:
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return schema.as_type(value, "number")
