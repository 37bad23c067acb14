"""Checks of the user's YAML files for slips that the parsed settings no longer show."""

import datetime
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from ladder.errors import LadderError

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
STR, MERGE, INT, FLOAT, DATE = (f"tag:yaml.org,2002:{name}" for name in ("str", "merge", "int", "float", "timestamp"))
Place = tuple[str | int, ...]


def refuse_slips(paths: Iterable[str | Path]) -> None:
    """Raise LadderError with a line for each slip in YAML files; YAML reads slips without an error.

    Slips are a key that is there twice (the last one would count), a key that is read as a number or truth value, a
    number that is read as another number (010 is 8, and 1:30 is 90), and a date.
    """
    _refuse(f"{_at(path, node)}: {text}" for path in paths for node, text in _slips(_composed(path), "", set()))


def refuse_unquoted(values: Iterable[tuple[Place, object]], paths: Iterable[str | Path], arguments: list[str]) -> None:
    """Raise LadderError with a line for each value that is no text only since the user did not quote it.

    values     places where text is wanted, and the values that stand there
    paths      the YAML files that were read
    arguments  arguments of --config, `key=value`
    """
    given = dict(argument.split("=", 1) for argument in arguments)
    unquoted = [(place, value) for place, value in values if not isinstance(value, dict | list)]
    _refuse(line for place, value in unquoted if (line := _unquoted(place, value, paths, given)))


def say_what_is_not_read(name: str, paths: Iterable[str | Path]) -> None:
    """Print a warning if the working folder has a file `name` that is not read; `paths` are the files that are read."""
    if Path(name).is_file() and not any(Path(name).samefile(path) for path in paths):
        print(
            f"{name}: not read, since only the {name} beside the Snakefile is; --configfile {name} adds it",
            file=sys.stderr,
        )


def _refuse(lines: Iterable[str]) -> None:
    if lines := [f"config: {line}" for line in lines]:
        raise LadderError("\n".join(lines))


def _composed(path: str | Path) -> yaml.Node | None:
    with open(path, encoding="utf-8") as file:
        return yaml.compose(file, Loader)


def _at(path: str | Path, node: yaml.Node) -> str:
    return f"{os.path.relpath(path)}, line {node.start_mark.line + 1}"


def _slips(node: yaml.Node | None, where: str, seen: set[int]) -> Iterator[tuple[yaml.Node, str]]:
    if id(node) in seen:
        return  # a YAML alias: this node was checked where its anchor stands
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _slips(child, where, seen)
    elif isinstance(node, yaml.MappingNode):
        first: dict[str, int] = {}
        for key, value in node.value:
            path = f"{where}.{key.value}" if where else str(key.value)
            if key.tag not in (STR, MERGE):
                yield key, f"{f'{where}: ' if where else ''}the key {_misread(key.value)}: '{key.value}'"
            elif key.value in first and key.tag == STR:
                yield key, f"the key {path} is there twice, first in line {first[key.value]}; remove one of them"
            first.setdefault(key.value, key.start_mark.line + 1)
            yield from _slips(value, path, seen)
    elif _is_plain(node) and (text := _otherwise_read(node)):
        yield node, f"{where}: {text}"


def _otherwise_read(node: yaml.ScalarNode) -> str | None:
    """Return a sentence about a value that YAML reads as another number, or as a date."""
    if node.tag == DATE:
        return f"{_misread(node.value)}: '{node.value}'"
    value = _read(node.value)
    if node.tag == INT and re.fullmatch(r"[-+]?0[0-7_]+", node.value) and int(node.value) != value:  # octal
        meant = int(node.value)
    elif node.tag in (INT, FLOAT) and ":" in node.value:  # to the base of 60
        meant = value
    else:
        return None
    return f"{node.value} is read as {value}; write {meant} or '{node.value}'"


def _unquoted(place: Place, value: object, paths: Iterable[str | Path], given: dict[str, str]) -> str | None:
    """Return a sentence about the argument or file from which a value comes; None if there it is no plain word."""
    key = place[0]
    if len(place) == 1 and (word := given.get(key, "").strip("'\"")):  # Snakemake strips quotes too
        return f"--config {key}={word}: {word} is read as {_reading(word, value)}; write --config '{key}=!!str {word}'"
    for path in paths:
        node = _node(_composed(path), place)
        if _is_plain(node) and repr(_read(node.value)) == repr(value):
            where = ".".join(part for part in place if isinstance(part, str))
            quoted = f"{f'{place[-1]}: ' if isinstance(place[-1], str) else ''}'{node.value}'"
            return f"{_at(path, node)}: {where}: {_misread(node.value)}: {quoted}"
    return None


def _node(node: yaml.Node | None, place: Place) -> yaml.Node | None:
    for part in place:
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = next(iter(node.value[part : part + 1]), None)
        else:
            return None
    return node


def _is_plain(node: yaml.Node | None) -> bool:
    """Return whether a node is a word without quotes. An empty value is no word."""
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value != ""


def _read(word: str) -> object:
    return yaml.safe_load(word)


def _misread(word: str) -> str:
    return f"{word} is read as {_reading(word, _read(word))}; write it in quotes"


def _reading(word: str, value: object) -> str:
    if isinstance(value, datetime.date):  # a datetime is a date as well
        return "a date"
    reading = "nothing" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    same = "a truth value" if isinstance(value, bool) else "a number"
    return same if reading == word.lower() else reading
