# Checks the config, and says where the outputs of each stage lie.
#
# Rules of seconds are `localrule`s: on a cluster they run where snakemake does, and only training is worth a job's start.

import copy
import logging
import os
import sys
from itertools import product
from pathlib import Path
from types import SimpleNamespace

# Not workflow.basedir, which is that of the workflow that imports this one as a module.
LIBRARY = str(Path(workflow.current_basedir).parent)
if not os.path.isdir(LIBRARY):
    sys.exit(
        f"{LIBRARY}: no folder of this machine; the workflow runs from a checkout, so clone it and name its Snakefile"
    )
sys.path.insert(0, LIBRARY)
if not os.stat(LIBRARY).st_mode & 0o222:
    # An installation that nobody is to write to, not even root.
    sys.dont_write_bytecode = True
    os.environ.update(PYTHONDONTWRITEBYTECODE="1")
# The scripts of the jobs import the same library.
os.environ.update(PYTHONPATH=os.pathsep.join(filter(None, [LIBRARY, os.getenv("PYTHONPATH")])))
# Where the disk is full Snakemake's log is too: what there is to say about it is said once, and not in tracebacks.
logging.raiseExceptions = False
# Jobs are killed when the process with this id ends (ladder/runtime/child_processes.py).
os.environ.update(LADDER_SNAKEMAKE=str(os.getpid()))

from ladder.config import contracts, sources
from ladder.config import files as config_files
from ladder.config import study as study_config
from ladder.datasets import folder
from ladder.errors import LadderError
from ladder.machine import device, reproducibility
from ladder.provenance import command, manifest, source_code
from ladder.runtime import invocation, results_folder, session
from ladder.training import failures

try:
    config_files.refuse_repeated_keys(workflow.configfiles)
    if workflow.is_main_process and workflow.modifier.is_main_snakefile():
        config_files.say_what_is_not_read("config.yaml", workflow.configfiles)
    # A copy: of a module the config is its importer's, who may give it to another one as well.
    STUDY = study_config.load(copy.deepcopy(config))
    config = STUDY.settings  # from now on, and in the jobs
    IS_FIRST = invocation.agree({key: config[key] for key in ("device", "reproducibility", "jobs_per_gpu")})
    IS_MAIN = workflow.modifier.is_main_snakefile()
    RESULTS = f"results/{STUDY.dataset}"
    if workflow.modifier.path_modifier.replace_prefix(RESULTS) != RESULTS:
        raise LadderError(
            "config: a module with a prefix is not possible here, since results/<dataset> is where verify and the crate look; "
            "leave `prefix:` out, and use `workdir:` or --directory for another place"
        )
    results_folder.refuse_files(RESULTS, STUDY.variants)
    # Here, where Snakemake has looked at no file yet; its jobs would get in their own way.
    if workflow.is_main_process:
        session.put_right(RESULTS)
    if STUDY.source["kind"] == "folder":
        folder.root(STUDY.source["path"])
    if workflow.is_main_process and IS_MAIN and command.asks_for_report(sys.argv[1:]):
        results_folder.refuse_to_report(RESULTS, STUDY.settings)
except LadderError as error:
    sys.exit(str(error))

if workflow.is_main_process:
    invocation.announce(sys.argv[1:])

DEVICE = device.resolve(STUDY.settings["device"])
# Found once, where the study is started; its jobs inherit it, since `auto` could mean something else on a cluster's node.
os.environ.update(LADDER_DEVICE=DEVICE)
if any(variant["precision"] == "auto" for variant in STUDY.settings["variants"].values()):
    os.environ.update(LADDER_PRECISION=device.precision(DEVICE))
try:
    os.environ.update(reproducibility.environment(STUDY.settings["reproducibility"], DEVICE))
except LadderError as error:
    sys.exit(str(error))
# A cluster, which --jobs stands for, gives each job GPUs of its own. On one machine `gpu` is how many GPUs to use, by
# default all, and from here on the number of jobs on them; ladder/runtime/gpu_lease.py says which of them a job has.
if DEVICE == "cuda" and workflow.global_resources["_nodes"].value is None and IS_FIRST:
    GPUS = workflow.global_resources.setdefault("gpu", len(device.nvidia_gpus()) or 1).value
    os.environ.update(LADDER_GPUS=str(GPUS))
    workflow.global_resources["gpu"] = GPUS * STUDY.settings["jobs_per_gpu"]

LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"

TENSORS = {split: f"{RESULTS}/tensorize/{split}.safetensors" for split in ("train", "valid")}
INDEX = f"{RESULTS}/tensorize/index.csv"
FACTS = f"{RESULTS}/tensorize/facts.json"
MEANS = f"{RESULTS}/baseline/means.safetensors"
TABLES = (
    *("metrics", "summary", "confusion", "mistakes", "agreement", "hard"),
    *("validation", "comparison", "calibration", "marks"),
)
CHAPTER_TABLES = ("pixels", "rolling_ball", "descent", "nudges", "activations")
CHAPTER = {
    **{name: f"{RESULTS}/chapter/{name}.json" for name in ("facts", "timings")},
    **{name: f"{RESULTS}/chapter/{name}.csv" for name in CHAPTER_TABLES},
}


def claim_results():
    try:
        results_folder.refuse_read_only(RESULTS)
        session.claim(RESULTS, session.folder_of_call(workflow.overwrite_workdir))
    except LadderError as error:
        sys.exit(f"error: {error}")


# Not called for a dry run, in jobs, or where nothing is to be done.
onstart:
    claim_results()


# Of a module Snakemake calls no onstart: it is put before that of the importing workflow, whose own, where it stands below
# the import, takes its place; it can call ours as `<name of the module>.onstart()`.
if not IS_MAIN:
    workflow._onstart = lambda log, before=workflow._onstart: (before(log), claim_results())


wildcard_constraints:
    variant="|".join(STUDY.variants) or "none",
    block=r"\d+-\d+",
    swept="|".join(STUDY.sweeps) or "none",


def files_of(rung: str, kind: str) -> list[str]:
    """Files of one kind (`scores.parquet`, `costs.csv`, ...) that a rung's baseline or training jobs write."""
    if rung in STUDY.baselines:
        return [f"{RESULTS}/baseline/{rung}/{kind}"]
    return [f"{RESULTS}/train/{rung}/{block}/{kind}" for block in STUDY.blocks(rung)]


def files_of_variants(kind: str) -> list[str]:
    return [path for variant in STUDY.variants for path in files_of(variant, kind)]


def files_of_rungs(kind: str) -> list[str]:
    return [path for rung in STUDY.rungs for path in files_of(rung, kind)]


# What a figure or the report may ask for, by the name of a parameter of its function.
ARTIFACTS = {
    **{name: f"{RESULTS}/evaluate/{name}.csv" for name in TABLES},
    **TENSORS,
    "index": INDEX,
    "means": MEANS,
    "chapter": CHAPTER["facts"],
    **{name: CHAPTER[name] for name in CHAPTER_TABLES},
    "history": files_of_variants("history.csv"),
    "costs": files_of_rungs("costs.csv"),
    "failures": files_of_variants("failures.csv"),
    "weights": files_of_variants("weights.safetensors"),
}


try:
    contracts.refuse_figures(STUDY.settings["figures"], ARTIFACTS)
except LadderError as error:
    sys.exit(str(error))


def asked_for_by(figure: str) -> tuple[str, ...]:
    """Names of the artifacts that a figure draws."""
    return source_code.functions(f"figures.{figure}")["draw"]


# Those of the config's figures for which the study has what they show: a ladder of baselines has no learning curves. That
# nothing can fail is no reason to leave one out.
FIGURES = [
    figure
    for figure in STUDY.settings["figures"]
    if all(ARTIFACTS[name] or name == "failures" for name in asked_for_by(figure))
]
# The same, by the section of the report that they belong to.
SECTIONS = {
    section: [figure for figure in FIGURES if source_code.constants(f"figures.{figure}")["SECTION"] == section]
    for section in dict.fromkeys(source_code.constants(f"figures.{figure}")["SECTION"] for figure in FIGURES)
}


# The one archive to download, where the dataset has one.
ARCHIVES = [sources.archive_name(STUDY.source["sources"])] if STUDY.source["kind"] == "archive" else []


def location_of_images(wildcards) -> str | None:
    """The archive or folder that holds the images."""
    return f"{RESULTS}/download/{ARCHIVES[0]}" if ARCHIVES else STUDY.source.get("path")


def state_of_images(wildcards) -> str | None:
    """What reruns the stage where the images are a folder: a digest of its files' paths, sizes and times of change."""
    return folder.state(STUDY.source["path"]) if STUDY.source["kind"] == "folder" else None


def archive_of_images(wildcards) -> list[str]:
    """What reruns the stage where the images are an archive."""
    return [location_of_images(wildcards)] if ARCHIVES else []


# Variants that have a job of their own.
ALONE = [name for name in STUDY.variants if not any(name in shared for shared in STUDY.shared_jobs.values())]


def recipes_of(variants: list[str]) -> dict:
    """What decides the results of a job that trains these variants."""
    return {"recipes": {variant: STUDY.recipe(variant) for variant in variants}, "device": DEVICE}


# Settings that name what a training job loads, and the functions that it calls.
PLUG_INS = {"model": "models.{}.build", "trainer": "trainers.{}.fit", "loss": "losses.{}"}


def plug_ins(chosen: dict[str, list[str]]) -> list[str]:
    """Functions of some plug-ins, as source_code.code_digest takes them."""
    return [PLUG_INS[key].format(name) for key, names in chosen.items() for name in sorted(set(names))]


def code_of_metrics() -> list[str]:
    return [f"metrics.{name}" for name in STUDY.settings["metrics"]]


def code_of_training(variants: list[str]) -> str:
    """Digest of what trains these variants: the stage, their models, trainers and losses."""
    chosen = {key: [STUDY.recipe(variant)[key] for variant in variants] for key in PLUG_INS}
    return source_code.code_digest("train", *plug_ins(chosen))


# What training asks a scheduler for, by the benchmarks of MNIST_SAMPLE: 2 GB at most with the two snakemakes around a job,
# and up to 8 s for a seed and MB of data. Twice and four times that; a retry asks for more.
def memory_of_training(wildcards, input, attempt: int) -> int:
    return attempt * int(4000 + 4 * input.size_mb)


def runtime_of_training(variants: int, wildcards, input, attempt: int) -> int:
    return attempt * int(10 + variants * len(study_config.seeds_of(wildcards.block)) * input.size_mb / 2)


def again_if_failed(folders: list[str]) -> list:
    """Have the job that writes these folders run again where one of its last runs failed, as --forcerun would.

    For an input function: Snakemake asks it of each job that it plans, and of no other. It gives no input.
    """
    files = [f"{folder}/failures.csv" for folder in folders]
    if workflow.is_main_process and any(map(failures.any_in, files)):
        workflow.dag.forcefiles.update(files)
    return []


def caption_of(figure: str) -> str:
    return Path(f"{LIBRARY}/report/{figure}.rst").read_text(encoding="utf-8").strip()


def jobs_of(rule: str, costs: str | None = None, **wildcards) -> list[dict]:
    """A rule's jobs for lists of wildcards: their outputs, and where each says what it used and ran on.

    That is its benchmark, its own `costs`, and the record beside its log.
    """
    of = getattr(rules, rule)
    patterns = {"benchmark": str(of.benchmark), "log": str(of.log[0]), "costs": costs and str(costs)}
    outputs = [str(path) for path in of.output]
    code = getattr(of.params, "code", lambda _: source_code.code_digest(rule))
    lists = [[values] if isinstance(values, str) else values for values in wildcards.values()]
    variant = wildcards.get("variant", wildcards.get("swept") if costs else None)
    return [
        {
            **{"rule": rule, "variant": variant, "code": code(SimpleNamespace(**named))},
            **{name: pattern and pattern.format(**named) for name, pattern in patterns.items()},
            "outputs": [path.format(**named) for path in outputs],
        }
        for named in (dict(zip(wildcards, values)) for values in product(*lists))
    ]


def jobs_before_the_report(wildcards) -> list[dict]:
    """What this study runs before its report."""
    return [
        *jobs_of("download", archive=ARCHIVES),
        *jobs_of("tensorize"),
        *jobs_of("baseline", costs=rules.baseline.output.costs[-1]),
        *jobs_of("chapter"),
        *(
            job | {"rule": "train", "variant": shared}
            for shared, variants in STUDY.shared_jobs.items()
            for job in jobs_of(
                f"train_together_{shared}",
                # The last one's, as it says what the process had used by then.
                costs=f"{RESULTS}/train/{variants[-1]}/{{block}}/costs.csv",
                block=STUDY.blocks(variants[0]),
            )
        ),
        *(
            job
            for variant in ALONE
            for job in jobs_of("train", costs=rules.train.output.costs[0], variant=variant, block=STUDY.blocks(variant))
        ),
        *(jobs_of("export") if TRY_IT else []),
        *jobs_of("evaluate"),
        *(
            job | {"rule": "figures", "variant": section}
            for section in SECTIONS
            for job in jobs_of(f"figures_{section}")
        ),
        *(
            job
            for swept, sweep in STUDY.sweeps.items()
            for job in jobs_of("train_sweep", costs=rules.train_sweep.output.costs, swept=swept, block=sweep.blocks)
        ),
        *jobs_of("evaluate_sweep", swept=STUDY.sweeps),
        *jobs_of("draw_sweep", swept=STUDY.sweeps),
    ]


def trained(wildcards) -> list[str]:
    """What training jobs write that is the same in every run."""
    kinds = ("history.csv", "scores.parquet", "failures.csv")
    sweeps = STUDY.sweeps.items()
    return [
        *(path for kind in ("weights.safetensors", *kinds) for path in files_of_variants(kind)),
        *(
            f"{RESULTS}/sweep/{name}/{block}/{kind}"
            for name, sweep in sweeps
            for block in sweep.blocks
            for kind in kinds
        ),
    ]


def made_by(wildcards) -> dict:
    """The code behind this study, from the first stage to its report."""
    last = {"rule": "report", "variant": None, "code": source_code.code_digest("report")}
    jobs = [*jobs_before_the_report(wildcards), last]
    return manifest.code_of(jobs, source_code.files_behind, source_code.files_digest("report"))


def blocks_of_sweep(kind: str):
    """An input function: files of one kind that the jobs of a sweep write."""
    return lambda wildcards: [
        f"{RESULTS}/sweep/{wildcards.swept}/{block}/{kind}" for block in STUDY.sweeps[wildcards.swept].blocks
    ]


def code_of_sweep(wildcards) -> str:
    """Digest of what trains the points: the stage, and every model, trainer and loss among them."""
    sweep = STUDY.sweeps[wildcards.swept]
    chosen = {key: sweep.over.get(key) or [sweep.recipe[key]] for key in PLUG_INS}
    return source_code.code_digest("train_sweep", *plug_ins(chosen))


def caption_of_sweep(name: str) -> str:
    return caption_of("sweep_of_one" if len(STUDY.sweeps[name].over) == 1 else "sweep")
