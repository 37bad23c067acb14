# The files, jobs and code of a study, for its report.


def promised(wildcards) -> list[str]:
    """Return the promised files of the study, relative to its folder of results."""
    paths = [path for entry in LISTED for path in (entry() if callable(entry) else [entry])]
    return [str(Path(path).relative_to(RESULTS)) for path in paths]


def jobs_before_the_report(wildcards) -> list[dict]:
    return [job for jobs in JOBS for job in jobs()]


def made_by(wildcards) -> dict:
    """Return the digests of this study's code, from the first stage to the report."""
    last = {"rule": "report", "variant": None, "code": source_code.code_digest("report")}
    jobs = [*jobs_before_the_report(wildcards), last]
    return manifest.code_of(jobs, source_code.files_behind, source_code.files_digest("report"))
