# Classifies without training, by the baselines of the ladder (ladder/baselines/), and computes the mean image of each class.
#
# in   the tensors
# out  results/<dataset>/baseline/means.safetensors, and <baseline>/scores.parquet and costs.csv, like those of a model

MEANS = f"{RESULTS}/baseline/means.safetensors"


rule baseline:
    input:
        **TENSORS,
    output:
        means=MEANS,
        scores=[f"{RESULTS}/baseline/{name}/scores.parquet" for name in STUDY.baselines],
        costs=[f"{RESULTS}/baseline/{name}/costs.csv" for name in STUDY.baselines],
    log:
        f"{LOGS}/baseline.log",
    benchmark:
        f"{BENCHMARKS}/baseline.tsv"
    localrule: True
    conda:
        "../../envs/data.yaml"
    params:
        names=STUDY.baselines,
        reproducibility=STUDY.settings["reproducibility"],
        code=lambda wildcards: source_code.code_digest("baseline", *(f"baselines.{name}" for name in STUDY.baselines)),
    script:
        "../scripts/baseline.py"


JOBS.append(
    lambda: jobs_of("baseline", costs=files_of(STUDY.baselines[-1], "costs.csv")[0] if STUDY.baselines else None)
)
ARTIFACTS.update(means=MEANS)
LISTED += [MEANS, *sorted(rules.baseline.output.scores)]
