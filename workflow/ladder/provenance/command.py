"""The command that makes a study again: what its settings say that config.yaml does not."""

import copy
import re
import shlex

import yaml

from ladder.config import study
from ladder.errors import LadderError
from ladder.provenance import manifest
from ladder.runtime.invocation import PROJECT

FILE = "study.yaml"  # for settings that do not fit on a command line
# What Snakemake's --config reads as the text that it is.
PLAIN = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)
NO_TEXT = {"true", "false", "nan", "inf", "infinity"}


def of(settings: dict) -> dict:
    """How to run the study of `settings` again, from the project's folder.

    settings  the config as merged, defaults filled in, without paths of a machine (origin.portable_config)

    Returns `command`; `arguments`, the part of it about the config; and `file`, what FILE must hold, as YAML, or None
    where the command names no file. All of it is the difference to config.yaml, however the study was called.
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
    """What to merge into config.yaml to get `settings`; None where no merging gives them."""
    try:
        shipped = yaml.safe_load((PROJECT / "config.yaml").read_bytes())
        if not (changes := _changes(_loaded(shipped, {}), settings)):
            return {}
        # What the dataset changes in variants needs no saying.
        of_dataset = {key: changes[key] for key in ("dataset", "datasets", "reproducibility") if key in changes}
        try:
            few = _changes(_loaded(shipped, of_dataset), settings)
        except (LadderError, _NotByMerging):  # the dataset names a variant that is new
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
    """As Snakemake merges: what is nested is merged, all else replaced."""
    merged = copy.deepcopy(settings)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else copy.deepcopy(value)
    return merged


class _NotByMerging(Exception):
    """A key is to go, which merging cannot do."""


def _changes(before: dict, after: dict) -> dict:
    if not before.keys() <= after.keys():
        raise _NotByMerging
    changes = {}
    for key in (*before, *(key for key in after if key not in before)):  # not in the order of `after`
        value = after[key]
        if isinstance(value, dict) and isinstance(before.get(key), dict):
            if inner := _changes(before[key], value):
                changes[key] = inner
        elif key not in before or before[key] != value or type(before[key]) is not type(value):
            changes[key] = value
    return changes


def _on_command_line(value: object) -> str | None:
    """The value as --config takes it; None where it would be read as another one."""
    if isinstance(value, list):
        texts = [_on_command_line(item) if isinstance(item, str) else None for item in value]
        return f"[{', '.join(texts)}]" if None not in texts else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    is_plain = isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in NO_TEXT
    return value if is_plain else None


def asks_for_report(arguments: list[str]) -> bool:
    """Whether snakemake is to make its own report (--report) of the whole study, as it lies there, and run nothing."""
    if not any(argument.startswith("--rep") for argument in arguments):
        return False
    from snakemake.cli import get_argument_parser

    known, _ = get_argument_parser().parse_known_args(arguments)
    return bool(known.report) and not known.report_after_run and not known.targets
