"""The description of a crate, `ro-crate-metadata.json`.

The description follows the profile Workflow Run Crate 0.5 (https://w3id.org/ro/wfrun/workflow/0.5), on RO-Crate 1.1.
The workflow is the Snakefile. Each call of snakemake that made a part of the study is an action, and that part is its
result.
"""

import mimetypes
from pathlib import Path

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from ladder.provenance import source_code
from ladder.provenance.crate.contents import CHECKSUMS, CONFIG, STUDY, Contents

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
FOLDERS = {
    "workflow/": "Rules, scripts and library of the workflow",
    "docs/": "How to run the workflow, read its results and change it",
    "envs/": "The lock of all packages, and conda environments with the same versions",
    "profiles/": "Settings of Snakemake, for one machine and for SLURM",
}
FILES = {
    "README.md": "What the workflow does, what it finds, and where docs/ tells more",
    "RERUN.md": "How to make this study again, on which data, and what to expect",
    CONFIG: "Every setting of the study",
    CHECKSUMS: "SHA-256 of every result that a rerun is to repeat",
    "provenance.json": "Settings, digests of data, code and results, versions, machine and call of every job",
    "envs/requirements.lock": "The exact versions of all packages",
    f"{STUDY}/report.html": "The report of the study, one page that opens offline",
    f"{STUDY}/summary.md": "The result in a sentence and a table",
    f"{STUDY}/evaluate/summary.csv": "Mean, spread and interval of every metric of every rung",
}
TYPES = {
    ".parquet": "application/vnd.apache.parquet",
    ".safetensors": "application/octet-stream",
    ".md": "text/markdown",
    ".yaml": "application/yaml",
    ".lock": "text/plain",
    ".sha256": "text/plain",
}
PARAMETER = "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"
WORKFLOW = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"


def metadata(provenance: dict, contents: Contents, author: str = "", publisher: str = "", license: str = "") -> dict:
    """Return the JSON-LD of the crate of the study with this provenance.

    author     name of the person who ran the study
    publisher  name of an organization
    license    address or name of the license of the whole crate
    """
    crate = _empty(provenance)
    crate.license = _license(crate, license)
    workflow = _workflow(crate, provenance)  # before our profiles, as rocrate sets its own here
    crate.root_dataset["conformsTo"] = [
        _context(crate, address, "CreativeWork", name=name, version=version)
        for address, (name, version) in PROFILES.items()
    ]
    if publisher:
        crate.root_dataset["publisher"] = _context(crate, "#publisher", "Organization", name=publisher)
    if author:
        affiliation = {"affiliation": crate.root_dataset["publisher"]} if publisher else {}
        crate.root_dataset["author"] = _context(crate, "#author", "Person", name=author, **affiliation)
    files = _files(crate, provenance, contents)
    files["README.md"]["about"] = crate.root_dataset
    workflow["softwareRequirements"] = files["envs/requirements.lock"]
    inputs = {"config": files[CONFIG], "images": _data(crate, provenance)}
    workflow["input"] = [_parameter(crate, name, entity) for name, entity in inputs.items()]
    workflow["output"] = _parameter(crate, "report", files[f"{STUDY}/report.html"])
    made = {str(path): files[name] for name, path in contents.results.items()}
    actions = [
        _action(crate, f"#run-{number}", run, list(inputs.values()), [made[path] for path in paths if path in made])
        for number, run in enumerate(provenance["runs"])
        for paths in [_outputs(provenance, number)]
    ]
    for action in actions:
        action["instrument"], action["subjectOf"] = workflow, files["provenance.json"]
    crate.root_dataset["mentions"] = actions if len(actions) > 1 else actions[0]
    return crate.metadata.generate()


def _empty(provenance: dict) -> ROCrate:
    crate = ROCrate(version="1.1")
    crate.metadata["conformsTo"] = [{"@id": crate.metadata.profile}, {"@id": list(PROFILES)[-1]}]
    crate.metadata.extra_terms["sha256"] = "https://w3id.org/ro/terms/workflow-run#sha256"
    crate.name = f"A ladder of image classifiers on {provenance['dataset']}"
    crate.description = (
        f"A study by Digit Ladder: classifiers of the images of {provenance['dataset']}, trained over several seeds "
        "and compared on the same validation images. RERUN.md says how to make it again."
    )
    crate.datePublished = provenance["runs"][-1]["ended"]
    for folder, description in FOLDERS.items():
        crate.add_dataset(dest_path=folder, properties={"name": folder, "description": description})
    return crate


def _context(crate: ROCrate, identifier: str, kind: str, **properties) -> ContextEntity:
    return crate.add(ContextEntity(crate, identifier, {"@type": kind, **properties}))


def _license(crate: ROCrate, license: str) -> ContextEntity:
    if license.startswith("http"):
        return _context(crate, license, "CreativeWork", name=license, description="The license of this crate")
    description = license or "No license is given: ask the authors before you use more than the law allows."
    return _context(crate, "#license", "CreativeWork", name=license or "No license", description=description)


def _workflow(crate: ROCrate, provenance: dict):
    run = provenance["runs"][-1]
    properties = {
        "name": "Digit Ladder",
        "description": "Turns labelled images into a comparison of a ladder of classifiers",
        "version": run["commit"] or provenance["code"]["stages"]["report"],
        "encodingFormat": "text/plain",
        "conformsTo": _context(crate, WORKFLOW, "CreativeWork", name="ComputationalWorkflow", version="1.0-RELEASE"),
    }
    version = run["versions"]["snakemake"]
    return crate.add_workflow(
        dest_path="Snakefile", main=True, lang="snakemake", lang_version=version, properties=properties
    )


def _files(crate: ROCrate, provenance: dict, contents: Contents) -> dict:
    """Return the entities of the results, of the texts written for the crate, and of the code in FILES, by path."""
    digests = {path: about["sha256"] for job in provenance["jobs"] for path, about in job["outputs"].items()}
    digests[provenance["lock"]["path"]] = provenance["lock"]["sha256"]
    sizes = {name: len(text.encode()) for name, text in contents.written.items()}
    paths = contents.results | {name: path for name, path in contents.code.items() if name in FILES}
    sizes |= {name: path.stat().st_size for name, path in paths.items()}
    files = {}
    for name, size in sizes.items():
        properties = {"name": name, "contentSize": str(size), "encodingFormat": _type(name)}
        if name in FILES:
            properties["description"] = FILES[name]
        if digest := digests.get(name) or digests.get(str(paths.get(name))):
            properties["sha256"] = digest
        files[name] = crate.add_file(dest_path=name, properties=properties)
    return files


def _type(name: str) -> str:
    suffix = Path(name).suffix
    return TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")


def _data(crate: ROCrate, provenance: dict):
    """Return the entity of the images: the address of their archive, or a description. The crate holds no images."""
    data = provenance["data"]
    downloads = [data] if "sources" in data else data.get("downloads", [])
    place = data.get("path") or ", ".join(download["sources"][0] for download in downloads)
    if "archive" in data["files"] and "://" in place:
        about, address = data["files"]["archive"], place
        fetched = next(job["ended"] for job in provenance["jobs"] if job["rule"] == "download")
        properties = {
            "name": "The archive of the images",
            "encodingFormat": _type(address),
            "sha256": about["sha256"],
            "contentSize": str(about["bytes"]),
            "sdDatePublished": fetched or provenance["runs"][0]["started"],
        }
        return crate.add_file(address, properties=properties)
    kind = kind_of(data)
    description = f"{kind[0].upper()}{kind[1:]}" + (f", {place}, which is not in the crate" if place else "")
    return _context(crate, "#images", "Dataset", name="The images", description=f"{description}; see RERUN.md")


def kind_of(data: dict) -> str:
    """Return words for the form in which the images of a study come."""
    return source_code.constants(f"datasets.{data['kind']}")["ABOUT"]


def _parameter(crate: ROCrate, name: str, entity) -> ContextEntity:
    kind = "File" if "File" in entity.type else "Dataset"
    parameter = crate.add_formal_parameter(name, kind, f"#{name}-parameter", FILES.get(entity.id, name))
    parameter["workExample"] = entity
    entity["exampleOfWork"] = parameter
    return parameter


def _outputs(provenance: dict, run: int) -> list[str]:
    return [path for job in provenance["jobs"] if job["run"] == run for path in job["outputs"]]


def _action(crate: ROCrate, identifier: str, run: dict, inputs: list, results: list) -> ContextEntity:
    machine = run["machine"]
    software = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
    action = _context(
        crate,
        identifier,
        "CreateAction",
        name=run["command"] or "snakemake",
        description=f"On {machine['cpu']} ({machine['architecture']}, {machine['system']}) with {software}",
        startTime=run["started"],
        endTime=run["ended"],
        actionStatus="http://schema.org/CompletedActionStatus",
    )
    action["object"] = inputs
    if results:
        action["result"] = results if len(results) > 1 else results[0]
    if author := crate.root_dataset.get("author"):
        action["agent"] = author
    return action
