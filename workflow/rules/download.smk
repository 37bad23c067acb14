# Fetches the files of a dataset and verifies them.
#
# in   nothing; the stage searches folders of this machine, then the sources of the config
# out  results/<dataset>/download/<file>
#
# A dataset without `sources` and `downloads` is on this machine already, and skips this stage.


rule download:
    output:
        archive=f"{RESULTS}/download/{{archive}}",
    log:
        f"{LOGS}/download/{{archive}}.log",
    benchmark:
        f"{BENCHMARKS}/download/{{archive}}.tsv"
    localrule: True
    conda:
        "../../envs/data.yaml"
    params:
        cfg=lambda wildcards: STUDY.downloads[wildcards.archive],
    script:
        "../scripts/download.py"


JOBS.append(lambda: jobs_of("download", archive=STUDY.downloads))
LISTED += sorted(f"{RESULTS}/download/{name}" for name in STUDY.downloads)
