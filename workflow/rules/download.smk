# Fetches the archive of a dataset and verifies it.
#
# in   nothing; folders of this machine, then the sources of the config, are searched
# out  results/<dataset>/download/<archive>
#
# Datasets that are a folder, or come with scikit-learn, have no archive and skip this stage.

from ladder.config import sources

# The one archive to download, where the dataset has one.
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
