# Trains one variant with one block of seeds, and scores the validation images with each.
#
# in   the tensors
# out  results/<dataset>/train/<variant>/<first seed>-<last seed>/
#      weights.safetensors, history.csv, scores.parquet, costs.csv, failures.csv
#
# Variants that name the same `job` are trained by one, which writes the files of each.

TRAINED = {
    "weights": "weights.safetensors",
    "history": "history.csv",
    "scores": "scores.parquet",
    "costs": "costs.csv",
    "failures": "failures.csv",
}


rule train:
    input:
        **TENSORS,
        again=lambda wildcards: again_if_failed([f"{RESULTS}/train/{wildcards.variant}/{wildcards.block}"]),
    output:
        **{kind: [f"{RESULTS}/train/{{variant}}/{{block}}/{file}"] for kind, file in TRAINED.items()},
    log:
        f"{LOGS}/train/{{variant}}/{{block}}.log",
    benchmark:
        f"{BENCHMARKS}/train/{{variant}}/{{block}}.tsv"
    wildcard_constraints:
        variant="|".join(ALONE) or "none",
    # The upper rungs train longest: they start first, and the short jobs fill the cores at the end.
    priority: lambda wildcards: STUDY.variants.index(wildcards.variant) + 1
    conda:
        "../../envs/train.yaml"
    threads: lambda wildcards: STUDY.recipe(wildcards.variant)["threads"]
    resources:
        gpu=int(DEVICE == "cuda"),
        mem_mb=memory_of_training,
        runtime=lambda wildcards, input, attempt: runtime_of_training(1, wildcards, input, attempt),
    params:
        cfg=lambda wildcards: recipes_of([wildcards.variant]),
        seeds=lambda wildcards: study_config.seeds_of(wildcards.block),
        reproducibility=STUDY.settings["reproducibility"],
        code=lambda wildcards: code_of_training([wildcards.variant]),
    script:
        "../scripts/train.py"


for job, variants in STUDY.shared_jobs.items():

    rule:
        name:
            f"train_together_{job}"
        input:
            **TENSORS,
            again=lambda wildcards, variants=variants: again_if_failed(
                [f"{RESULTS}/train/{variant}/{wildcards.block}" for variant in variants]
            ),
        output:
            **{
                kind: [f"{RESULTS}/train/{variant}/{{block}}/{file}" for variant in variants]
                for kind, file in TRAINED.items()
            },
        log:
            f"{LOGS}/train/{job}/{{block}}.log",
        benchmark:
            f"{BENCHMARKS}/train/{job}/{{block}}.tsv"
        priority: max(STUDY.variants.index(variant) for variant in variants) + 1
        conda:
            "../../envs/train.yaml"
        threads: STUDY.recipe(variants[0])["threads"]
        resources:
            gpu=int(DEVICE == "cuda"),
            mem_mb=memory_of_training,
            runtime=lambda wildcards, input, attempt, variants=variants: runtime_of_training(
                len(variants), wildcards, input, attempt
            ),
        params:
            cfg=recipes_of(variants),
            seeds=lambda wildcards: study_config.seeds_of(wildcards.block),
            reproducibility=STUDY.settings["reproducibility"],
            code=lambda wildcards, variants=variants: code_of_training(variants),
        script:
            "../scripts/train.py"
