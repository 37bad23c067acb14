# One run of a study at a time: each claims the folder of results before its first job.


def claim_results():
    try:
        results_folder.refuse_read_only(RESULTS)
        session.claim(RESULTS, session.folder_of_call(workflow.overwrite_workdir))
    except LadderError as error:
        sys.exit(f"error: {error}")


# Snakemake calls it neither for a dry run nor in jobs, nor where nothing is to be done.
onstart:
    claim_results()


# Of a module Snakemake calls no onstart: it is put before that of the importing workflow, whose own, where it stands below
# the import, takes its place; it can call ours as `<name of the module>.onstart()`.
if not IS_MAIN:
    workflow._onstart = lambda log, before=workflow._onstart: (before(log), claim_results())
