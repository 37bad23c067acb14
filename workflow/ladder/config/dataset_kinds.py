"""The kinds of data sets: the modules of datasets/, and the settings that each of them declares.

A kind declares its settings in two constants. SHARED names settings and groups of settings that
`$defs.dataset` of the config's schema describes. OPTIONS holds the JSON schemas of settings that only this kind has.
"""

import re
from collections.abc import Iterator

from ladder.config.sources import archive_name, problem_of_sources
from ladder.images import pixels
from ladder.provenance import source_code

# Settings that every kind of data set has.
COMMON = ("kind", "about", "published", *pixels.SETTINGS, "canvas", "recipe", "variants")
# Settings that say where the bytes are: addresses that are fetched and verified, or a path that is watched.
PLACES = ("sources", "downloads", "path")
CHECKS = ("sha256", "size", "md5_1mb")
WHICH_PLACE = "say where the images are, by one of these keys: {}"
# Settings about classes and splits, by the groups that SHARED names: `splits` for a source that knows the classes of
# its images, and `files` for a source of files.
SPLITS = ("valid_fraction", "test_fraction", "split_seed")
LAYOUT = {"splits": SPLITS, "files": ("train", "valid", "test", "table", "columns", "label", "group", "lists", *SPLITS)}


def kinds() -> list[str]:
    """Return the names of all kinds."""
    return source_code.modules("datasets")


def schema(kind: str, described: dict) -> dict:
    """Return the JSON schema of a data set of this kind.

    described  `$defs.dataset` of the config's schema
    """
    shared, options, known = _shared(kind), _options(kind), described["properties"]
    names = [key for key in known if key in (*COMMON, *shared, *(CHECKS if "sources" in shared else ()))]
    places = [key for key in PLACES if key in shared]
    return {
        **described,
        "properties": {key: known[key] for key in names} | options,
        "required": [*described["required"], *(places if len(places) == 1 else ())],
        **(_one_of(places) if len(places) > 1 else {}),
    }


def _one_of(places: list[str]) -> dict:
    message = WHICH_PLACE.format(", ".join(places))
    return {"oneOf": [{"required": [key]} for key in places], "errorMessage": message}


def tensor_settings(kind: str) -> dict[str, list[str]]:
    """Return the settings of a data set of this kind that decide its tensors, without the settings of its place.

    `entries` are the settings of the kind alone; `layout` are the settings of images/layout.py.
    """
    return {"entries": [*_options(kind)], "layout": [key for key in _shared(kind) if key not in PLACES]}


def problems(dataset: dict) -> Iterator[str]:
    """Yield a line for each error of a data set that its schema cannot find."""
    if problem := problem_of_sources(dataset.get("sources", [])):
        yield f"sources: {problem}"
    for number, download in enumerate(dataset.get("downloads", [])):
        if problem := problem_of_sources(download["sources"]):
            yield f"downloads.{number}.sources: {problem}"
    names = [archive_name(download["sources"]) for download in dataset.get("downloads", [])]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        yield f"downloads: several files are called {twice[0]}; give each a source of another name"
    named: dict[str, str] = {}
    for split in ("train", "valid", "test"):
        name = dataset.get(split)
        if name is not None and name in named:
            yield f"{split}: {name!r} is the folder of the {named[name]} images; name another"
        named.setdefault(name, {"train": "training", "valid": "validation", "test": "test"}[split])
    for key in ("label", "group"):
        if dataset.get(key) is not None and (problem := _problem_of_pattern(dataset[key], key)):
            yield f"{key}: {problem}"
    if sum(dataset.get(f"{split}_fraction") or 0 for split in ("valid", "test")) >= 1:
        yield "test_fraction: with valid_fraction it leaves no image for training; their sum must be below 1"
    if (span := dataset["convert"]["bit_depth"]) is not None and span[0] >= span[1]:
        yield f"convert.bit_depth: {span[0]} must be below {span[1]}; the first value becomes 0, the second 255"
    if dataset.get("columns") and not dataset.get("table") and "table" in _shared(dataset["kind"]):
        yield "columns: there is no table for these columns; name one as `table`"


def _problem_of_pattern(pattern: str, group: str) -> str | None:
    try:
        if group in re.compile(pattern).groupindex:
            return None
    except re.error as error:
        return f"{pattern!r} is not a regular expression ({error})"
    return f"{pattern!r} has no group of that name; write (?P<{group}>...) around the part of the path"


def _shared(kind: str) -> list[str]:
    names = source_code.constants(f"datasets.{kind}")["SHARED"]
    return [key for name in names for key in LAYOUT.get(name, (name,))]


def _options(kind: str) -> dict[str, dict]:
    return source_code.constants(f"datasets.{kind}").get("OPTIONS", {})
