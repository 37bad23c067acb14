"""The kinds of data sets: the modules of datasets/, and the settings that each of them declares.

A kind declares its settings in two constants. SHARED names settings that `$defs.dataset` of the config's schema
describes. OPTIONS holds the JSON schemas of settings that only this kind has.
"""

from collections.abc import Iterator

from ladder.config.sources import problem_of_sources
from ladder.images import pixels
from ladder.provenance import source_code

# Settings that every kind of data set has.
COMMON = ("kind", "about", *pixels.SETTINGS, "canvas", "recipe", "variants")
# Settings that say where the bytes are: addresses that are fetched and verified, or a path that is watched.
PLACES = ("sources", "path")
CHECKS = ("sha256", "size", "md5_1mb")
WHICH_PLACE = "say where the images are: either `path`, or `sources` with a checksum"


def kinds() -> list[str]:
    """Return the names of all kinds."""
    return source_code.modules("datasets")


def schema(kind: str, described: dict) -> dict:
    """Return the JSON schema of a data set of this kind.

    described  `$defs.dataset` of the config's schema
    """
    constants = source_code.constants(f"datasets.{kind}")
    shared, known = constants["SHARED"], described["properties"]
    names = [key for key in known if key in (*COMMON, *shared, *(CHECKS if "sources" in shared else ()))]
    places = [key for key in PLACES if key in shared]
    return {
        **described,
        "properties": {key: known[key] for key in names} | constants.get("OPTIONS", {}),
        "required": [*described["required"], *(places if len(places) == 1 else ())],
        **({"oneOf": [{"required": [key]} for key in places], "errorMessage": WHICH_PLACE} if len(places) > 1 else {}),
    }


def tensor_options(kind: str) -> list[str]:
    """Return the settings of a data set of this kind that decide its tensors, without those of its place."""
    constants = source_code.constants(f"datasets.{kind}")
    return [key for key in (*constants["SHARED"], *constants.get("OPTIONS", {})) if key not in PLACES]


def problems(dataset: dict) -> Iterator[str]:
    """Yield a line for each error of a data set that its schema cannot find."""
    if problem := problem_of_sources(dataset.get("sources", [])):
        yield f"sources: {problem}"
    if dataset.get("train") is not None and dataset["train"] == dataset.get("valid"):
        yield f"valid: {dataset['valid']!r} is the folder of the training images; name another"
    if (span := dataset["convert"]["bit_depth"]) is not None and span[0] >= span[1]:
        yield f"convert.bit_depth: {span[0]} must be below {span[1]}; the first value becomes 0, the second 255"
