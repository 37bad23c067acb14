"""Options of a model, as its `build` takes them: by name, of the types that it is annotated with."""

from collections.abc import Iterator

from ladder.config import schema
from ladder.provenance import source_code

TYPES = {"int": "integer", "float": "number", "bool": "boolean", "str": "string", "list | tuple": "array"}


def schemas(model: str) -> dict[str, dict]:
    """JSON schema of each option; one of a type that is not in TYPES allows anything."""
    build = source_code.function(f"models.{model}", "build")
    annotated, names = source_code.annotations(build), source_code.parameters(build)[2:]
    return {name: {"type": TYPES[annotated[name]]} if annotated.get(name) in TYPES else {} for name in names}


def problems(options: dict, model: str) -> Iterator[str]:
    """Yield a line for each option that the model does not have or that is of another type.

    Text that stands for a number becomes one, in place; in a list at any depth, as `--config` leaves all of it text.
    """
    known = schemas(model)
    build = source_code.function(f"models.{model}", "build")
    for key in source_code.required(build)[2:]:
        if key not in options:
            yield f"options: the option {key!r} is missing, for which models/{model}.py has no default"
    for key in options:
        if key not in known and build.args.kwarg is None:
            yield f"options: there is no option of models/{model}.py {key!r}; {schema.nearest(key, list(known))}"
        elif isinstance(options[key], list):
            options[key] = _numbers(options[key])
    yield from schema.problems(options, {"properties": known}, "options", fill_defaults=False)


def _numbers(value: object) -> object:
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return schema.as_type(value, "number")
