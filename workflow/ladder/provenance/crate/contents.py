"""Contents of a crate: the code, the settings and the small results of one study, checked against its provenance."""

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
LARGE = 10_000_000  # bytes; the crate leaves out larger results, and a rerun makes them
# Folder of the results in the crate. It is not results/<dataset>/, as the rerun writes its own results there.
STUDY = "study"
CONFIG = "run-config.yaml"
CHECKSUMS = "study.sha256"
# Outputs that hold seconds, memory or other measurements, so that they differ between runs.
MEASURED = ("costs.csv", "history.csv", "timings.json", "report.html", "tables.html")


@dataclass(frozen=True)
class Contents:
    """Files of a crate, by their paths in it.

    code, results  paths on this disk
    written        texts that are written for the crate
    left_out       results that are not in the crate, by path: bytes and SHA-256
    """

    code: dict[str, Path]
    results: dict[str, Path]
    written: dict[str, str]
    left_out: dict[str, dict]


def read_provenance(results: str) -> dict:
    """Return the provenance of the study in the folder `results`. Raises LadderError if there is none."""
    path = Path(results) / "provenance.json"
    if not path.is_file():
        raise LadderError(f"{path}: no such file; a study writes it at its end, so run snakemake")
    return json.loads(path.read_text(encoding="utf-8"))


def contents(provenance: dict) -> Contents:
    """Return the contents of a crate for the study with this provenance, found below the working folder.

    Raises LadderError if the code, the lock or a result differs from the provenance.
    """
    _refuse_other_code(provenance)
    outputs = outputs_of(provenance)
    folder = f"results/{provenance['dataset']}"
    data = digests_of_data(provenance)
    results, left_out = {}, {}
    for path, about in outputs.items():
        if about["sha256"] in data or about["bytes"] > LARGE:
            left_out[path] = about
        else:
            results[f"{STUDY}/{Path(path).relative_to(folder)}"] = Path(path)
    # Users may have put more lists of checksums beside the outputs.
    for path in sorted(Path(folder).glob("*.sha256")):
        results[f"{STUDY}/{path.name}"] = path
    written = {
        CONFIG: yaml.safe_dump(provenance["config"], sort_keys=False, allow_unicode=True, width=110),
        CHECKSUMS: "".join(
            f"{about['sha256']}  {path}\n" for path, about in outputs.items() if Path(path).name not in MEASURED
        ),
    }
    return Contents(_code(), results | {"provenance.json": Path(folder) / "provenance.json"}, written, left_out)


def outputs_of(provenance: dict) -> dict[str, dict]:
    """Return the bytes and SHA-256 of every file that a job of the study wrote, by path."""
    return {path: about for job in provenance["jobs"] for path, about in job["outputs"].items()}


def digests_of_data(provenance: dict) -> set[str]:
    """Return the SHA-256 of the files with the images. A crate has no images: their authors say who may have them."""
    return {about["sha256"] for name, about in provenance["data"]["files"].items() if name != "index"}


def _refuse_other_code(provenance: dict) -> None:
    again = "run snakemake with the study's settings, which renews the results, then pack"
    if changed := source_code.changed(provenance["code"]["files"]):
        raise LadderError(f"{changed[0]}: its code has changed since it made this study; {again}")
    if source_code.files_digest("report") != provenance["code"]["templates"]:
        raise LadderError(
            f"workflow/ladder/report: its templates have changed since they made this study's page; {again}"
        )
    lock = provenance["lock"]["path"]
    if sha256_of(PROJECT / lock) != provenance["lock"]["sha256"]:
        raise LadderError(
            f"{lock}: not the lock that this study was made with; run snakemake --forcerun report, then pack"
        )
    for path, about in outputs_of(provenance).items():
        if not Path(path).is_file():
            raise LadderError(f"{path}: this result is gone; {again}")
        if sha256_of(path) != about["sha256"]:
            raise LadderError(f"{path}: this result has changed since the study wrote it; {again}")


def _code() -> dict[str, Path]:
    files = {}
    for name in CODE:
        path = PROJECT / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            relative = file.relative_to(PROJECT)
            hidden = any(part.startswith(".") or part == "__pycache__" for part in relative.parts)
            if file.is_file() and not hidden:
                files[relative.as_posix()] = file
    return files
