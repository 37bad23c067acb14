"""Writing of a crate: a zip file whose bytes depend on its contents alone."""

import json
import zipfile
from pathlib import Path

import jinja2

from ladder.config.sources import archive_name
from ladder.formats.files import atomic
from ladder.provenance.crate import contents as packed
from ladder.provenance.crate.metadata import FOLDERS, kind_of, metadata

TEMPLATE = Path(__file__).with_name("rerun.md.j2")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip file can hold


def pack(provenance: dict, target: str, **named: str) -> tuple[Path, list[str]]:
    """Write the crate of the study with this provenance; return its path, and the results too large for it.

    named  `author`, `publisher` and `license`, arguments of `metadata`

    Raises LadderError if code, lock or results on the disk differ from the provenance.
    """
    contents = packed.contents(provenance)
    contents.written["RERUN.md"] = rerun(provenance, contents)
    described = json.dumps(metadata(provenance, contents, **named), indent=2, ensure_ascii=False) + "\n"
    texts = {"ro-crate-metadata.json": described, **contents.written}
    files = {**contents.code, **contents.results}
    with atomic(target) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as crate:
        for name in FOLDERS:  # each folder is a data entity, so the zip needs an entry for it
            crate.writestr(_entry(name, 0o40755), b"")
        for name in [*texts, *sorted(files)]:
            crate.writestr(_entry(name, 0o100644), texts[name].encode() if name in texts else files[name].read_bytes())
    data = packed.digests_of_data(provenance)
    return Path(target), [path for path, about in contents.left_out.items() if about["sha256"] not in data]


def _entry(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, mode << 16, 3
    return entry


def rerun(provenance: dict, contents: packed.Contents) -> str:
    """Return RERUN.md: how to make the study again, on which data, and what results to expect."""
    templates = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = templates.from_string(TEMPLATE.read_text(encoding="utf-8"))
    names = {name: getattr(packed, name) for name in ("CONFIG", "CHECKSUMS", "STUDY", "MEASURED")}
    facts = json.loads(contents.results[f"{packed.STUDY}/tensorize/facts.json"].read_text(encoding="utf-8"))
    splits = [provenance["data"].get(name) or folder for name, folder in facts["splits"].items()]
    gpus = sorted({job["gpu"] for job in provenance["jobs"] if job.get("gpu")})
    names |= {"splits": splits, "downloads": _downloads(provenance["data"]), "about_kind": kind_of(provenance["data"])}
    return template.render(**provenance, **names, left_out=contents.left_out, gpus=gpus) + "\n"


def _downloads(data: dict) -> list[dict]:
    """Return the files that the study fetched: each with its name, sources, bytes and SHA-256."""
    fetched = [data] if "sources" in data else data.get("downloads", [])
    names = [archive_name(download["sources"]) for download in fetched]
    files = [data["files"]["archive" if "sources" in data else name] for name in names]
    return [{"name": n, "sources": download["sources"], **file} for n, download, file in zip(names, fetched, files)]
