"""Checks of the folder of results before anything runs: that it is writable, or holds the study to report on."""

import json
import os
import shlex
from collections.abc import Iterable
from pathlib import Path

from ladder.errors import LadderError
from ladder.provenance import command, manifest
from ladder.runtime import invocation


def refuse_files(outputs: Iterable[str]) -> None:
    """Raise LadderError if a file or broken link is in the place of a folder for any of these files.

    outputs  paths that jobs write; a folder whose name has a wildcard is not checked
    """
    folders = {folder for path in outputs for folder in Path(path).parents if "{" not in str(folder)}
    for path in sorted(folders):
        if os.path.lexists(path) and not path.is_dir():
            what = "a link that leads nowhere" if path.is_symlink() and not path.exists() else "a file"
            raise LadderError(f"{path}: {what} is where the folder of results should be; move it away")


def refuse_read_only(folder: str) -> None:
    """Raise LadderError if `folder`, any folder in it, or the place where `folder` will be made is read-only."""
    path = Path(folder)
    existing = next(place for place in (path, *path.parents) if place.is_dir())
    for place in (existing, *(place for place, _, _ in os.walk(path))):
        if not os.access(place, os.W_OK | os.X_OK):
            raise LadderError(
                f"{place}: this folder of results is read-only; make it writable (chmod u+w), or run in another place"
            )


def refuse_to_report(folder: str, settings: dict) -> None:
    """Raise LadderError if `folder` does not hold the whole study of `settings` that a report is wanted for.

    The sentence names the calls for reports on the studies that are there.
    """
    config = _config_of(folder)
    if config == manifest.portable_config(settings):
        return
    what = "holds a study of other settings" if config else "holds no finished study"
    records = [path.parent for path in sorted(Path(folder).parent.glob("*/provenance.json"))]
    calls = [_call_of_report(known) for known in map(_config_of, records) if known]
    raise LadderError(
        f"{folder}: {what}, so there is nothing to report on; run the study first"
        + (", or report on one that is there:\n" + "\n".join(calls) if calls else "")
    )


def _config_of(folder: str | Path) -> dict | None:
    try:
        return json.loads((Path(folder) / "provenance.json").read_text(encoding="utf-8"))["config"]
    except (OSError, ValueError):
        return None


def _call_of_report(config: dict) -> str:
    again = command.of(config)
    place = [] if Path("Snakefile").exists() else ["-s", str(invocation.PROJECT / "Snakefile")]
    call = shlex.join(["snakemake", *place, "--report", f"{config['dataset']}.html", *again["arguments"]])
    return f"{call}  # {command.FILE}: the settings that its report.html shows" if again["file"] else call
