# Trains one variant with one block of seeds, and scores the validation images with each.
#
# in   the tensors
# out  results/<dataset>/train/<variant>/<first seed>-<last seed>/
#      weights.safetensors, history.csv, scores.parquet, costs.csv


rule train:
    input:
        **TENSORS,
    output:
        weights=f"{RESULTS}/train/{{variant}}/{{block}}/weights.safetensors",
        history=f"{RESULTS}/train/{{variant}}/{{block}}/history.csv",
        scores=f"{RESULTS}/train/{{variant}}/{{block}}/scores.parquet",
        costs=f"{RESULTS}/train/{{variant}}/{{block}}/costs.csv",
    log:
        f"{LOGS}/train/{{variant}}/{{block}}.log",
    benchmark:
        f"{BENCHMARKS}/train/{{variant}}/{{block}}.tsv"
    # The upper rungs train longest: they start first, and the short jobs fill the cores at the end.
    priority: lambda wildcards: STUDY.variants.index(wildcards.variant) + 1
    conda:
        "../../envs/train.yaml"
    threads: lambda wildcards: STUDY.recipe(wildcards.variant)["threads"]
    resources:
        gpu=int(DEVICE == "cuda"),
        # For a scheduler, by the benchmarks of MNIST_SAMPLE: 2 GB at most with the two snakemakes around a job, and up to 8 s
        # for a seed and MB of data. Twice and four times that; a retry asks for more.
        mem_mb=lambda wildcards, input, attempt: attempt * int(4000 + 4 * input.size_mb),
        runtime=lambda wildcards, input, attempt: (
            attempt * int(10 + len(study_config.seeds_of(wildcards.block)) * input.size_mb / 2)
        ),
    params:
        cfg=lambda wildcards: {"recipe": STUDY.recipe(wildcards.variant), "device": DEVICE},
        seeds=lambda wildcards: study_config.seeds_of(wildcards.block),
        reproducibility=STUDY.settings["reproducibility"],
        code=code_of_training,
    script:
        "../scripts/train.py"
