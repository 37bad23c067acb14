"""Validation of settings by a JSON schema. It fills in defaults, reads numbers, and words each error for the user."""

import copy
import difflib
import json
import math
import re
from collections.abc import Iterator

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

# Values of an enum that `--config` may give as text, by their JSON type.
IN_ENUMS = {"boolean": {True, False}, "null": {None}}


def problems(settings: dict, schema: dict, where: str = "", fill_defaults: bool = True) -> Iterator[str]:
    """Yield a line for each error: the key's path, the problem, and the allowed values.

    `settings` are changed in place: text that stands for a number becomes the number, and missing keys get the schema's
    defaults. `where` is the path of `settings` in the config.
    """
    if numbers := list(_keys_that_are_numbers(settings, where)):
        yield from numbers
        return
    validator = (_FillingDefaults if fill_defaults else _Strict)(schema)
    _convert_numbers(settings, validator)
    for error in list(validator.iter_errors(settings)):
        yield from _sentences(error, where)


def in_place_of_text(settings: dict, schema: dict) -> Iterator[tuple[tuple, object]]:
    """Yield the path of each value that is no text where the schema wants text, and the value."""
    for error in _Strict(schema).iter_errors(settings):
        if error.validator == "type" and "string" in error.validator_value:
            yield tuple(error.absolute_path), error.instance


def nearest(word: str, known: list) -> str:
    """Return words that suggest the known word nearest to a misspelled one, or list all known words."""
    known = [str(name) for name in known]
    close = difflib.get_close_matches(word, known, n=1)
    allowed = f"allowed are {', '.join(known)}" if known else "there are none"
    return f"did you mean {close[0]!r}?" if close else allowed


def undefined(name: str, known: list[str], kind: str) -> Iterator[str]:
    """Yield a sentence if a name is not among the known ones."""
    if name not in known:
        yield f"there is no {kind} {name!r}; {nearest(name, known)}"


def in_order(value: object, schema: dict, definitions: dict) -> object:
    """Return `value` with the keys of its dicts, at any depth, in the schema's order, and then unnamed keys sorted.

    definitions  the schemas that `$ref` names: `$defs` of the whole schema

    With this order no result depends on the order in which the user wrote the keys.
    """
    if "$ref" in schema:
        schema = definitions[schema["$ref"].removeprefix("#/$defs/")]
    if isinstance(value, list):
        return [in_order(item, schema.get("items", {}), definitions) for item in value]
    if not isinstance(value, dict):
        return value
    described, unnamed = schema.get("properties", {}), schema.get("additionalProperties") or {}
    names = [*(name for name in described if name in value), *sorted(value.keys() - described.keys())]
    return {name: in_order(value[name], described.get(name, unnamed), definitions) for name in names}


def _keys_that_are_numbers(settings: dict, where: str) -> Iterator[str]:
    for key, value in settings.items():
        if not isinstance(key, str):
            yield f"{f'{where}: ' if where else ''}the key {key!r} is not text; write it as '{key}'"
        elif isinstance(value, dict):
            yield from _keys_that_are_numbers(value, f"{where}.{key}" if where else key)


def _is_integer(_, value: object) -> bool:
    # JSON schema takes 5.0 for an integer as well; Python's `range` does not.
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_, value: object) -> bool:
    # NaN would pass every limit, since it is neither above nor below any number.
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


def _matches(validator, pattern: str, instance: object, schema: dict) -> Iterator[ValidationError]:
    # The validator's own check lets `$` match before a final newline; `fullmatch` does not.
    if isinstance(instance, str) and not re.fullmatch(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Strict = extend(
    Draft202012Validator,
    {"pattern": _matches},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_integer, "number": _is_number}),
)


def _with_defaults(validator, properties, instance, schema) -> Iterator[ValidationError]:
    # This is the recipe of jsonschema's FAQ: it fills in defaults while the properties are validated.
    if isinstance(instance, dict):
        for key, subschema in properties.items():
            if "default" in subschema:
                instance.setdefault(key, copy.deepcopy(subschema["default"]))
    yield from _Strict.VALIDATORS["properties"](validator, properties, instance, schema)


_FillingDefaults = extend(_Strict, {"properties": _with_defaults})


def _convert_numbers(settings: dict, validator: Draft202012Validator) -> None:
    """Turn text into the number, truth value or null that it stands for, and 5.0 into 5, where the schema wants it.

    `--config` leaves nested values as text.
    """
    for error in list(validator.iter_errors(settings)):
        if error.validator in ("type", "enum") and error.absolute_path:
            *folders, key = error.absolute_path
            place = settings
            for folder in folders:
                place = place[folder]
            kinds = error.validator_value
            if error.validator == "enum":
                kinds = [kind for kind, values in IN_ENUMS.items() if values <= set(kinds)]
            place[key] = as_type(error.instance, kinds)


def as_type(value: object, wanted: str | list[str]) -> object:
    """Return the value of a JSON type `wanted` for which the text `value` stands, or else `value` itself."""
    if value == "null" and "null" in wanted:
        return None
    if isinstance(value, str) and "boolean" in wanted:
        return {"true": True, "false": False}.get(value, value)
    if isinstance(value, str) and ("number" in wanted or "integer" in wanted):
        for kind in (int, float):
            try:
                value = kind(value)
                break
            except ValueError:
                continue
    whole = isinstance(value, float) and value.is_integer()
    return int(value) if whole and "integer" in wanted else value


def _sentences(error: ValidationError, where: str) -> Iterator[str]:
    path = ".".join(str(part) for part in ([where] if where else []) + list(error.absolute_path))
    prefix = f"{path}: " if path else ""
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        for key in error.instance:
            if key not in known:
                yield f"{prefix}unknown key {key!r}; {nearest(str(key), known)}"
    elif error.validator == "required":
        for key in error.validator_value:
            if key not in error.instance:
                described = error.schema.get("properties", {}).get(key, {}).get("description", "required")
                yield f"{prefix}the key {key!r} is missing; it is: {described}"
    elif error.validator == "enum":
        words = [value if isinstance(value, str) else json.dumps(value) for value in error.validator_value]
        yield f"{prefix}{error.instance!r} is not allowed; {nearest(str(error.instance), words)}"
    elif error.validator in ("anyOf", "oneOf") and "errorMessage" in error.schema:
        yield f"{prefix}{error.schema['errorMessage']}"
    elif error.validator == "pattern" and "errorMessage" in error.schema:
        yield f"{prefix}{error.instance!r} is not allowed; {error.schema['errorMessage']}"
    elif error.validator == "uniqueItems":
        twice = next(item for number, item in enumerate(error.instance) if item in error.instance[:number])
        yield f"{prefix}{twice!r} is there twice"
    elif error.validator == "contains":
        yield f"{prefix}{error.validator_value['const']!r} must be among them"
    elif error.validator == "type":
        kinds = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
        described = "object" in kinds and error.instance is not None and error.schema.get("errorMessage")
        why = f"{error.instance!r} is not allowed; {described}" if described else _not_of(kinds, error.instance)
        yield f"{prefix}{why}"
    else:
        yield f"{prefix}{error.message}"


def _not_of(kinds: list[str], value: object) -> str:
    if value is None:
        return f"nothing is given; it must be of type {' or '.join(kinds)}"
    endless = isinstance(value, float) and not math.isfinite(value)
    quoted = "string" in kinds and isinstance(value, bool | int | float)
    advice = "; write it in quotes" if quoted else "; it must be finite" if endless else ""
    return f"{value!r} is not of type {' or '.join(kinds)}{advice}"
