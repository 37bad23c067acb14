# Looks at the folder of results, and lets one run of a study work at a time: a run claims the folder before its first
# job.

try:
    results_folder.refuse_files(
        path
        for declared in workflow.rules
        for path in map(str, (*declared.output, *declared.log, *filter(None, [declared.benchmark])))
        if path.startswith(f"{RESULTS}/")
    )
except LadderError as error:
    sys.exit(str(error))


def claim_results():
    try:
        results_folder.refuse_read_only(RESULTS)
        session.claim(RESULTS, session.folder_of_call(workflow.overwrite_workdir))
    except LadderError as error:
        sys.exit(f"error: {error}")


# Snakemake calls onstart neither in a dry run nor in jobs, nor if nothing is to be done.
onstart:
    claim_results()


# Snakemake does not call the onstart of a module, so ours is put before the importing workflow's. If that workflow
# defines its own below the import, this replaces ours, and can call it as `<name of the module>.onstart()`.
if not IS_MAIN:
    workflow._onstart = lambda log, before=workflow._onstart: (before(log), claim_results())
