# The files, code, resources and jobs of training.


def files_of(rung: str, kind: str) -> list[str]:
    """Return the files of one kind (`scores.parquet`, `costs.csv`, ...) that a rung's jobs write."""
    if rung in STUDY.baselines:
        return [f"{RESULTS}/baseline/{rung}/{kind}"]
    return [f"{RESULTS}/train/{rung}/{block}/{kind}" for block in STUDY.blocks(rung)]


def files_of_variants(kind: str) -> list[str]:
    return [path for variant in STUDY.variants for path in files_of(variant, kind)]


def files_of_rungs(kind: str) -> list[str]:
    return [path for rung in STUDY.rungs for path in files_of(rung, kind)]


def listed_of_training() -> list[str]:
    """Return the promised files of training: all but the costs."""
    kinds = ("weights", "history", "scores", "failures")
    return [path for kind in kinds for path in sorted(files_of_variants(TRAINED[kind]))]


def recipes_of(variants: list[str]) -> dict:
    """Return the settings that decide the results of a job that trains these variants."""
    return {"recipes": {variant: STUDY.recipe(variant) for variant in variants}, "device": DEVICE}


def plug_ins(chosen: dict[str, list[str]]) -> list[str]:
    """Return the functions of the chosen plug-ins, as names for source_code.code_digest."""
    return [PLUG_INS[key].format(name) for key, names in chosen.items() for name in sorted(set(names))]


def code_of_training(variants: list[str]) -> str:
    """Return a digest of the code that trains these variants: the stage, and the models, trainers and losses."""
    chosen = {key: [STUDY.recipe(variant)[key] for variant in variants] for key in PLUG_INS}
    return source_code.code_digest("train", *plug_ins(chosen))


# Memory (MB) and time (minutes) that training asks a scheduler for. Benchmarks on MNIST_SAMPLE took 2 GB at most, with
# the two snakemakes around a job, and up to 8 s for a seed and MB of data. Training asks for twice the memory and four
# times the time. A retry asks for more.
def memory_of_training(wildcards, input, attempt: int) -> int:
    return attempt * int(4000 + 4 * input.size_mb)


def runtime_of_training(variants: int, wildcards, input, attempt: int) -> int:
    return attempt * int(10 + variants * len(study_config.seeds_of(wildcards.block)) * input.size_mb / 2)


def again_if_failed(folders: list[str]) -> list:
    """Have the job that writes these folders run again if one of its last runs failed, as --forcerun would.

    Input functions call this function, since Snakemake calls them for the jobs that it plans alone. It gives no input.
    """
    files = [f"{folder}/failures.csv" for folder in folders]
    if workflow.is_main_process and any(map(failures.any_in, files)):
        workflow.dag.forcefiles.update(files)
    return []


def jobs_of_training() -> list[dict]:
    # The costs of a job are those of its last variant, since they show the process's use up to its end.
    return [
        row | {"rule": "train", "variant": job}
        for job, variants in STUDY.jobs.items()
        for row in jobs_of(
            f"train_{job}",
            costs=f"{RESULTS}/train/{variants[-1]}/{{block}}/{TRAINED['costs']}",
            block=STUDY.blocks(variants[0]),
        )
    ]
