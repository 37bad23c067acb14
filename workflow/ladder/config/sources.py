"""Where an archive is to come from: its sources, and the name of its file."""

import re
from urllib.parse import urlsplit

NAME = r"\w[\w.+%~ -]{0,199}"  # of an archive: no folder, and nothing that Snakemake takes for a wildcard


def archive_name(sources: list[str]) -> str:
    """File name of the archive: that of its first source."""
    return urlsplit(sources[0]).path.rpartition("/")[2]


def problem_of_sources(sources: list[str]) -> str | None:
    """Say which of the sources is no address, or why the first gives no name for the file; None if all are well."""
    for source in sources:
        try:
            name = archive_name([source])
        except ValueError as error:
            return f"{source!r} is no address ({error})"
        if source == sources[0] and not re.fullmatch(NAME, name):
            return f"{source!r} ends in {name!r}, which is no name for the archive; it must end in one like digits.tgz"
    return None
