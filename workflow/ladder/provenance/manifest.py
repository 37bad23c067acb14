"""`provenance.json`: the settings, data, code, packages and machines that made a study, so it can be made again.

Paths are relative to the folder of the study. The file holds no absolute path, user or host name. It holds times and
machines, so no two studies have the same file.
"""

import csv
import json
from pathlib import Path

from ladder.formats.files import sha256_of, write_json
from ladder.provenance import output_checksums
from ladder.provenance.source_code import combined
from ladder.runtime import invocation

LOCK = "envs/requirements.lock"
# Settings of a dataset that say nothing about its data, or less than the digests of its files.
ASIDE = ("about", "published", "canvas", "recipe", "variants", "sha256", "size", "md5_1mb")


def write(path: str, settings: dict, jobs: list[dict], code: dict, data: dict[str, str], report: dict) -> None:
    """Write the provenance of a study.

    settings  the merged config, with defaults
    jobs      the study's jobs before its report: `rule`, `variant` (or None), `log`, `outputs`, and `costs` (or None)
    code      the value of `code_of`
    data      files that hold the data, by name: `archive` if there is one, and the outputs of tensorize
    report    the job of the report; it has not ended yet, so it has its `record` instead of a `log`
    """
    config = portable_config(settings)
    records = [*(_record(job["log"]) for job in jobs), report["record"]]
    runs = _runs(records)
    provenance = {
        "dataset": settings["dataset"],
        "runs": runs,
        "config": config,
        "data": {
            **{key: value for key, value in config["datasets"][settings["dataset"]].items() if key not in ASIDE},
            "files": {name: _file(file) for name, file in data.items()},
        },
        "code": code,
        "lock": {"path": LOCK, "sha256": sha256_of(invocation.PROJECT / LOCK)},
        "jobs": [_job(job, record, runs) for job, record in zip([*jobs, report], records, strict=True)],
    }
    write_json(path, provenance)


def code_of(jobs: list[dict], files_behind, templates: str) -> dict:
    """Return the code digests of each stage and variant, and of every file that they use, with the used definitions.

    jobs          jobs with `rule`, `variant` and `code`, which is the digest of the job's code or None
    files_behind  function that takes such a digest, and returns the digests of the used definitions of each file
    templates     digest of the report's files that are not Python
    """
    stages: dict[str, object] = {}
    files: dict[str, dict[str, str]] = {}
    for job in jobs:
        if job["code"]:
            for path, digests in files_behind(job["code"]).items():
                files.setdefault(path, {}).update(digests)
            codes = stages.setdefault(job["rule"], {})
            codes[job["variant"] or ""] = job["code"]
    flat = {rule: next(iter(codes.values())) if list(codes) == [""] else codes for rule, codes in stages.items()}
    files_used = {
        path: {"definitions": sorted(digests), "sha256": combined(digests)} for path, digests in sorted(files.items())
    }
    return {"stages": flat, "files": files_used, "templates": templates}


def portable_config(settings: dict) -> dict:
    """Return the config without this machine's paths. A folder of images becomes a folder beside the Snakefile."""
    datasets = {
        name: source
        | {key: invocation.portable(source[key]) for key in ("path", "table") if source.get(key)}
        | {key: [invocation.portable(place) for place in source[key]] for key in ("sources",) if key in source}
        | {key: [_portable(download) for download in source[key]] for key in ("downloads",) if key in source}
        for name, source in settings["datasets"].items()
    }
    return settings | {"archives": [], "datasets": datasets}


def _portable(download: dict) -> dict:
    return download | {"sources": [invocation.portable(place) for place in download["sources"]]}


def _record(log: str) -> dict | None:
    path = invocation.path_of_record(log)
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _runs(records: list[dict | None]) -> list[dict]:
    """Return the calls of snakemake that made this study, by the end of their first job.

    A call counts once for each machine and each set of software versions that its jobs ran on.
    """
    runs: list[dict] = []
    for record in sorted(filter(None, records), key=lambda record: record["ended"]):
        known = next((run for run in runs if _is_of(record, run)), None)
        if known is None:
            known = _identity(record) | {"started": record["started"]}
            runs.append(known)
        known["started"] = min(known["started"], record["started"])
        known["ended"] = record["ended"]
    return runs


def _identity(record: dict) -> dict:
    called = record["invocation"] or dict.fromkeys(("command", "called", "commit", "clean"))
    return called | {key: record[key] for key in ("machine", "versions")}


def _is_of(record: dict, run: dict) -> bool:
    return all(run[key] == value for key, value in _identity(record).items())


def _job(job: dict, record: dict | None, runs: list[dict]) -> dict:
    about = {"rule": job["rule"], "variant": job["variant"]}
    if record:
        number = next(number for number, run in enumerate(runs) if _is_of(record, run))
        about |= {"run": number, **{key: record[key] for key in _OF_A_JOB}}
    else:
        about |= dict.fromkeys(("run", *_OF_A_JOB))
    return about | _devices(job["costs"]) | {"outputs": {path: _file(path) for path in job["outputs"]}}


def _devices(costs: str | None) -> dict:
    """Return where the runs of a job were trained: `device`, `gpu` and `driver`. Commas join several values."""
    if costs is None:
        return {}
    with open(costs, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    named = {key: ", ".join(dict.fromkeys(filter(None, (row.get(key) for row in rows)))) for key in _DEVICE}
    return {key: value or None for key, value in named.items()}


_OF_A_JOB = ("started", "ended", "variables")
_DEVICE = ("device", "gpu", "driver")


def _file(path: str) -> dict:
    return {"bytes": Path(path).stat().st_size, "sha256": output_checksums.read(path) or sha256_of(path)}
