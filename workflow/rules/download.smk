# Fetches the file of a dataset and verifies it.
#
# in   nothing; the stage searches folders of this machine, then the sources of the config
# out  results/<dataset>/download/<file>
#
# A dataset without `sources` is on this machine already, and skips this stage.

from ladder.config import sources

# The one file to download, if the dataset has one.
DOWNLOADS = [sources.archive_name(STUDY.source["sources"])] if "sources" in STUDY.source else []


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
        cfg={key: STUDY.source.get(key) for key in ("sources", "sha256", "size", "md5_1mb")},
    script:
        "../scripts/download.py"


JOBS.append(lambda: jobs_of("download", archive=DOWNLOADS))
LISTED += [f"{RESULTS}/download/{name}" for name in DOWNLOADS]
