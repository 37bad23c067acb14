"""The sources of an archive, and the name of its file."""

import re
from urllib.parse import urlsplit

NAME = r"\w[\w.+%~ -]{0,199}"  # an archive's file name: without folders, and without Snakemake's wildcards


def archive_name(sources: list[str]) -> str:
    """Return the file name of the archive, which is the last part of its first source's path."""
    return urlsplit(sources[0]).path.rpartition("/")[2]


def problem_of_sources(sources: list[str]) -> str | None:
    """Return a sentence about a source that is no address or ends in no file name; None if all sources are right.

    Only the first source has to end in a file name.
    """
    for source in sources:
        try:
            name = archive_name([source])
        except ValueError as error:
            return f"{source!r} is not an address ({error})"
        if source == sources[0] and not re.fullmatch(NAME, name):
            return (
                f"{source!r} ends in {name!r}, which cannot name the archive; it must end in a name such as digits.tgz"
            )
    return None
