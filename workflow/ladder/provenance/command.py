"""The command that makes a study again. Its arguments are the differences between the settings and config.yaml."""

import copy
import re
import shlex

import yaml

from ladder.config import study
from ladder.errors import LadderError
from ladder.provenance import manifest
from ladder.runtime.invocation import PROJECT

FILE = "study.yaml"  # for settings that do not fit on a command line
# Text that Snakemake's --config reads unchanged as text. It reads the words of NO_TEXT as other values.
PLAIN = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)
NO_TEXT = {"true", "false", "nan", "inf", "infinity"}


def of(settings: dict) -> dict:
    """Return how to run the study of `settings` again from the project's folder.

    settings  the merged config, with defaults, without paths of a machine (manifest.portable_config)

    Returns `command`; `arguments`, the command's part about the config; and `file`, the content of FILE as YAML, or
    None if the command names no file. All three depend on the differences to config.yaml, not on the call of the study.
    """
    arguments, contents = _arguments(settings)
    text = None if contents is None else yaml.safe_dump(contents, sort_keys=False, allow_unicode=True, width=110)
    command = shlex.join(["snakemake", "--cores", "4", "--resources", "gpu=1", *arguments])
    return {"command": command, "arguments": arguments, "file": text}


def _arguments(settings: dict) -> tuple[list[str], dict | None]:
    changes = _differences(settings)
    if changes is None:
        return ["--configfile", FILE, "--replace-workflow-config"], settings
    texts = {key: _on_command_line(value) for key, value in changes.items()}
    if None in texts.values():
        return ["--configfile", FILE], changes
    return (["--config", *(f"{key}={text}" for key, text in texts.items())] if texts else []), None


def _differences(settings: dict) -> dict | None:
    """Return the changes that give `settings` when they are merged into config.yaml; None if no changes do."""
    try:
        shipped = yaml.safe_load((PROJECT / "config.yaml").read_bytes())
        if not (changes := _changes(_loaded(shipped, {}), settings)):
            return {}
        # The dataset's own changes of variants need not be given again.
        of_dataset = {key: changes[key] for key in ("dataset", "datasets", "reproducibility") if key in changes}
        try:
            few = _changes(_loaded(shipped, of_dataset), settings)
        except (LadderError, _NotByMerging):  # the dataset names a new variant
            few = {}
        shorter = of_dataset | few
        for merged in (shorter, changes):
            if _loads_to(settings, shipped, merged):
                return {key: merged[key] for key in (*shipped, *merged) if key in merged}
    except (LadderError, _NotByMerging, FileNotFoundError):
        pass
    return None


def _loads_to(settings: dict, shipped: dict, changes: dict) -> bool:
    try:
        return _loaded(shipped, changes) == settings
    except LadderError:
        return False


def _loaded(shipped: dict, changes: dict) -> dict:
    return manifest.portable_config(study.load(_merged(shipped, changes)).settings)


def _merged(settings: dict, changes: dict) -> dict:
    """Return `settings` with `changes` merged as Snakemake does: nested dicts are merged, other values replaced."""
    merged = copy.deepcopy(settings)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else copy.deepcopy(value)
    return merged


class _NotByMerging(Exception):
    """A key would have to be removed. Merging cannot remove keys."""


def _changes(before: dict, after: dict) -> dict:
    if not before.keys() <= after.keys():
        raise _NotByMerging
    changes = {}
    for key in (*before, *(key for key in after if key not in before)):  # the order of `after` has no effect
        value = after[key]
        if isinstance(value, dict) and isinstance(before.get(key), dict):
            if inner := _changes(before[key], value):
                changes[key] = inner
        elif key not in before or before[key] != value or type(before[key]) is not type(value):
            changes[key] = value
    return changes


def _on_command_line(value: object) -> str | None:
    """Return the text of a value for --config; None if --config would read the text as another value."""
    if isinstance(value, list):
        texts = [_on_command_line(item) if isinstance(item, str) else None for item in value]
        return f"[{', '.join(texts)}]" if None not in texts else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    is_plain = isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in NO_TEXT
    return value if is_plain else None


def asks_for_report(arguments: list[str]) -> bool:
    """Return whether snakemake is called to make its own report (--report) of the whole study, and to run nothing."""
    if not any(argument.startswith("--rep") for argument in arguments):
        return False
    from snakemake.cli import get_argument_parser

    known, _ = get_argument_parser().parse_known_args(arguments)
    return bool(known.report) and not known.report_after_run and not known.targets
