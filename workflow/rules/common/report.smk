# All that made a study, for its report.


def trained(wildcards) -> list[str]:
    """Return the files of training jobs that are the same in every run."""
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


def jobs_before_the_report(wildcards) -> list[dict]:
    return [job for jobs in JOBS for job in jobs()]


def made_by(wildcards) -> dict:
    """Return the digests of this study's code, from the first stage to the report."""
    last = {"rule": "report", "variant": None, "code": source_code.code_digest("report")}
    jobs = [*jobs_before_the_report(wildcards), last]
    return manifest.code_of(jobs, source_code.files_behind, source_code.files_digest("report"))
