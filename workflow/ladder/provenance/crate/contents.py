"""What goes into a crate: the code, the settings and the small results of one study, if they belong together."""

import json
from dataclasses import dataclass
from pathlib import Path

import yaml

from ladder.errors import LadderError
from ladder.formats.files import sha256_of
from ladder.provenance import source_code
from ladder.runtime.invocation import PROJECT

CODE = (
    *("Snakefile", "config.yaml", "Makefile", "README.md", "LICENSE", "CITATION.cff", "pyproject.toml"),
    *("docs", "envs", "profiles", "workflow"),
)
LARGE = 10_000_000  # bytes; a larger result is left out, and made by the rerun
# Results go here, as the rerun writes its own to results/<dataset>/.
STUDY = "study"
CONFIG = "run-config.yaml"
CHECKSUMS = "study.sha256"
# Outputs that hold seconds, memory or other measurements, which no two runs share.
MEASURED = ("costs.csv", "history.csv", "timings.json", "report.html", "tables.html")


@dataclass(frozen=True)
class Contents:
    """Files of a crate by their path in it: of this disk, and written for it; and the results that it leaves out."""

    code: dict[str, Path]
    results: dict[str, Path]
    written: dict[str, str]
    left_out: dict[str, dict]


def read_provenance(results: str) -> dict:
    """The provenance of the study in the folder `results`. Raises LadderError where there is none."""
    path = Path(results) / "provenance.json"
    if not path.is_file():
        raise LadderError(f"{path}: no such file; it is written by a study that has come to its end, so run snakemake")
    return json.loads(path.read_text(encoding="utf-8"))


def contents(told: dict) -> Contents:
    """Contents of the crate of the study with this provenance, found below this folder.

    Raises LadderError where the code, the lock or a result is not the one that the provenance tells of.
    """
    _refuse_other_code(told)
    outputs = outputs_of(told)
    folder = f"results/{told['dataset']}"
    data = digests_of_data(told)
    results, left_out = {}, {}
    for path, about in outputs.items():
        if about["sha256"] in data or about["bytes"] > LARGE:
            left_out[path] = about
        else:
            results[f"{STUDY}/{Path(path).relative_to(folder)}"] = Path(path)
    # What others may have written beside them, such as a list of checksums.
    for path in sorted(Path(folder).glob("*.sha256")):
        results[f"{STUDY}/{path.name}"] = path
    written = {
        CONFIG: yaml.safe_dump(told["config"], sort_keys=False, allow_unicode=True, width=110),
        CHECKSUMS: "".join(
            f"{about['sha256']}  {path}\n" for path, about in outputs.items() if Path(path).name not in MEASURED
        ),
    }
    return Contents(_code(), results | {"provenance.json": Path(folder) / "provenance.json"}, written, left_out)


def outputs_of(told: dict) -> dict[str, dict]:
    """Path to bytes and SHA-256 of every file that a job of the study wrote."""
    return {path: about for job in told["jobs"] for path, about in job["outputs"].items()}


def digests_of_data(told: dict) -> set[str]:
    """SHA-256 of the files that hold the images: whoever made the data set says who may have it."""
    return {about["sha256"] for name, about in told["data"]["files"].items() if name != "index"}


def _refuse_other_code(told: dict) -> None:
    again = "run snakemake with the study's settings, which makes what the change touches, and pack then"
    if changed := source_code.changed(told["code"]["files"]):
        raise LadderError(f"{changed[0]}: its code is not the one that made this study; {again}")
    if source_code.files_digest("report") != told["code"]["templates"]:
        raise LadderError(f"workflow/ladder/report: its templates are not those that made this study's page; {again}")
    lock = told["lock"]["path"]
    if sha256_of(PROJECT / lock) != told["lock"]["sha256"]:
        raise LadderError(
            f"{lock}: not the lock that this study was made with; run snakemake --forcerun report, and pack then"
        )
    for path, about in outputs_of(told).items():
        if not Path(path).is_file():
            raise LadderError(f"{path}: this result is gone; {again}")
        if sha256_of(path) != about["sha256"]:
            raise LadderError(f"{path}: this result is not the one that the study wrote; {again}")


def _code() -> dict[str, Path]:
    found = {}
    for name in CODE:
        path = PROJECT / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            relative = file.relative_to(PROJECT)
            hidden = any(part.startswith(".") or part == "__pycache__" for part in relative.parts)
            if file.is_file() and not hidden:
                found[relative.as_posix()] = file
    return found
