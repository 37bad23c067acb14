"""Checks of a configuration file itself: problems that can no longer be seen in the settings read from it."""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from ladder.errors import LadderError

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def refuse_repeated_keys(paths: Iterable[str]) -> None:
    """Raise LadderError with a line for each key that a YAML file has twice. YAML would silently keep the last one."""
    lines = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            root = yaml.compose(file, Loader)
        path = os.path.relpath(path)
        lines += [f"config: {path}, line {line}: {text}" for line, text in _repeated(root, "", set())]
    if lines:
        raise LadderError("\n".join(lines))


def say_what_is_not_read(name: str, paths: Iterable[str | Path]) -> None:
    """Print a warning if the working folder has a file `name` that is not read; `paths` are the files that are read."""
    if Path(name).is_file() and not any(Path(name).samefile(path) for path in paths):
        print(f"{name}: not read, since it is not the one beside the Snakefile; --configfile names it", file=sys.stderr)


def _repeated(node: yaml.Node | None, where: str, seen: set[int]) -> Iterator[tuple[int, str]]:
    if id(node) in seen:
        return  # a YAML alias: this node was checked where its anchor stands
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _repeated(child, where, seen)
    if isinstance(node, yaml.MappingNode):
        first: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            path = f"{where}.{key.value}" if where else str(key.value)
            if str(key.value) in first and key.value != "<<":
                yield (
                    line,
                    f"the key {path} is there twice, first in line {first[str(key.value)]}; remove one of them",
                )
            first.setdefault(str(key.value), line)
            yield from _repeated(value, path, seen)
