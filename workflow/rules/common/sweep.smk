# The files, code and jobs of a sweep.


def blocks_of_sweep(kind: str):
    """Return an input function for the files of one kind that the jobs of a sweep write."""
    return lambda wildcards: [
        f"{RESULTS}/sweep/{wildcards.swept}/{block}/{kind}" for block in STUDY.sweeps[wildcards.swept].blocks
    ]


def listed_of_sweeps() -> list[str]:
    """Return the promised files of the jobs that train sweeps: all but the costs."""
    folders = [f"{RESULTS}/sweep/{name}/{block}" for name, sweep in STUDY.sweeps.items() for block in sweep.blocks]
    kinds = ("history.csv", "scores.parquet", "failures.csv")
    return [f"{folder}/{kind}" for kind in kinds for folder in sorted(folders)]


def code_of_sweep(wildcards) -> str:
    """Return a digest of the code that trains the points: the stage, and the points' models, trainers and losses."""
    sweep = STUDY.sweeps[wildcards.swept]
    chosen = {key: sweep.over.get(key) or [sweep.recipe[key]] for key in PLUG_INS}
    return source_code.code_digest("train_sweep", *plug_ins(chosen))


def caption_of_sweep(name: str) -> str:
    return caption_of("sweep_of_one" if len(STUDY.sweeps[name].over) == 1 else "sweep")


def jobs_of_sweeps() -> list[dict]:
    training = (
        job
        for name, sweep in STUDY.sweeps.items()
        for job in jobs_of("train_sweep", costs=rules.train_sweep.output.costs, swept=name, block=sweep.blocks)
    )
    return [
        *training,
        *jobs_of("evaluate_sweep", swept=STUDY.sweeps),
        *jobs_of("draw_sweep", swept=STUDY.sweeps),
    ]
