# A training run that fails costs itself (ladder/training/failures.py): the study comes to its end, says so, and the next
# run tries it again.


def blocks_of_training() -> dict[str, dict]:
    """Each file of failures: the variant, how many runs it is to have, what a run is called, and the log of the job."""
    ladder = {
        f"{RESULTS}/train/{variant}/{block}/failures.csv": {
            "name": variant,
            "runs": STUDY.seeds(variant),
            "noun": "seed",
            "log": f"{LOGS}/train/{job}/{block}.log",
        }
        for job, variants in STUDY.jobs.items()
        for variant in variants
        for block in STUDY.blocks(variant)
    }
    sweeps = {
        f"{RESULTS}/sweep/{name}/{block}/failures.csv": {
            "name": f"sweep of {name}",
            "runs": len(sweep.points) * sweep.seeds,
            "noun": "run",
            "log": f"{LOGS}/sweep/{name}/{block}.log",
        }
        for name, sweep in STUDY.sweeps.items()
        for block in sweep.blocks
    }
    return ladder | sweeps


def what_failed() -> list[str]:
    """A sentence for each rung and sweep of which runs failed, as far as this call of snakemake was about them."""
    asked_for = {str(path) for job in workflow.dag.jobs for path in job.output}
    blocks = blocks_of_training().items()
    return failures.sentences({path: about for path, about in blocks if path in asked_for})


# Called by the snakemake that was started by hand alone, and not for a dry run.
onsuccess:
    if sentences := what_failed():
        sys.exit("\n".join(sentences))


onerror:
    for sentence in what_failed():
        print(sentence, file=sys.stderr)
