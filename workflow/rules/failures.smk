# Reports failed training runs. Other runs go on when one fails (ladder/training/failures.py): the study comes to its
# end and names the failed runs, and the next call of snakemake tries them again.


def blocks_of_training() -> dict[str, dict]:
    """Return file of failures to the variant, its number of runs, the word for a run, and the log of the job."""
    ladder = {
        f"{RESULTS}/train/{variant}/{block}/failures.csv": {
            "name": variant,
            "runs": runs_of(variant),
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
    """Return a sentence for each rung and sweep with failed runs, among those that this call of snakemake asked for."""
    asked_for = {str(path) for job in workflow.dag.jobs for path in job.output}
    blocks = blocks_of_training().items()
    return failures.sentences({path: about for path, about in blocks if path in asked_for})


# Only the snakemake that the user started calls these handlers, and not in a dry run.
onsuccess:
    if sentences := what_failed():
        sys.exit("\n".join(sentences))


onerror:
    for sentence in what_failed():
        print(sentence, file=sys.stderr)
