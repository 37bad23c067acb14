# Fetches the archive of a dataset and verifies it.
#
# in   nothing; the stage searches folders of this machine, then the sources of the config
# out  results/<dataset>/download/<archive>
#
# A dataset that is a folder, or comes with scikit-learn, has no archive and skips this stage.

from ladder.config import sources

# The one archive to download, if the dataset has one.
ARCHIVES = [sources.archive_name(STUDY.source["sources"])] if STUDY.source["kind"] == "archive" else []


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


JOBS.append(lambda: jobs_of("download", archive=ARCHIVES))
LISTED += [f"{RESULTS}/download/{name}" for name in ARCHIVES]
