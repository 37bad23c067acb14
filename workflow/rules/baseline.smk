# Classifies without training: by the most frequent class, and by pixel similarity (the class of the nearest mean image,
# by L1 and by L2 distance).
#
# in   the tensors
# out  results/<dataset>/baseline/means.safetensors, and <baseline>/scores.parquet and costs.csv, like those of a model

MEANS = f"{RESULTS}/baseline/means.safetensors"


rule baseline:
    input:
        **TENSORS,
    output:
        means=MEANS,
        scores=[f"{RESULTS}/baseline/{name}/scores.parquet" for name in study_config.BASELINES],
        costs=[f"{RESULTS}/baseline/{name}/costs.csv" for name in study_config.BASELINES],
    log:
        f"{LOGS}/baseline.log",
    benchmark:
        f"{BENCHMARKS}/baseline.tsv"
    localrule: True
    conda:
        "../../envs/data.yaml"
    params:
        names=list(study_config.BASELINES),
        reproducibility=STUDY.settings["reproducibility"],
        code=lambda wildcards: source_code.code_digest("baseline"),
    script:
        "../scripts/baseline.py"


JOBS.append(lambda: jobs_of("baseline", costs=rules.baseline.output.costs[-1]))
ARTIFACTS.update(means=MEANS)
LISTED += [MEANS, *expand(f"{RESULTS}/baseline/{{name}}/scores.parquet", name=study_config.BASELINES)]
