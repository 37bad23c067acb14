# Trains a variant with each seed of a block, and scores the validation images with each trained model.
#
# in   the tensors; from the second round of seeds on, the file of the round, which says what variants are trained in it
# out  results/<dataset>/train/<variant>/<first seed>-<last seed>/
#      weights.safetensors, history.csv, scores.parquet, costs.csv, failures.csv
#
# A job trains one variant in most cases. Variants that name the same `job` are trained by one job, which writes the
# files of each variant.

from functools import partial

from ladder.training import failures


include: "common/train.smk"


TRAINED = {
    "weights": "weights.safetensors",
    "history": "history.csv",
    "scores": "scores.parquet",
    "costs": "costs.csv",
    "failures": "failures.csv",
}


# Settings that name plug-ins of a training job, each with the function that the job calls.
PLUG_INS = {"model": "models.{}.build", "trainer": "trainers.{}.fit", "loss": "losses.{}"}


for job, variants in STUDY.jobs.items():

    rule:
        name:
            f"train_{job}"
        input:
            **TENSORS,
            again=lambda wildcards, variants=variants: again_if_failed(
                [f"{RESULTS}/train/{variant}/{wildcards.block}" for variant in variants]
            ),
            round=lambda wildcards, variants=variants: round_of_block(variants[0], wildcards.block),
        output:
            **{
                kind: [f"{RESULTS}/train/{variant}/{{block}}/{file}" for variant in variants]
                for kind, file in TRAINED.items()
            },
        log:
            f"{LOGS}/train/{job}/{{block}}.log",
        benchmark:
            f"{BENCHMARKS}/train/{job}/{{block}}.tsv"
        # The upper rungs train longest. They start first, so that short jobs fill the cores at the end.
        priority: max(STUDY.variants.index(variant) for variant in variants) + 1
        conda:
            "../../envs/train.yaml"
        threads: STUDY.recipe(variants[0])["threads"]
        resources:
            gpu=int(DEVICE == "cuda"),
            mem_mb=memory_of_training,
            runtime=partial(runtime_of_training, len(variants)),
        params:
            cfg=recipes_of(variants),
            seeds=lambda wildcards: study_config.seeds_of(wildcards.block),
            reproducibility=STUDY.settings["reproducibility"],
            code=lambda wildcards, variants=variants: code_of_training(variants),
        script:
            "../scripts/train.py"


JOBS.append(jobs_of_training)
LISTED.append(listed_of_training)
ARTIFACTS.update(
    {
        "history": files_of_variants(TRAINED["history"]),
        "costs": files_of_rungs(TRAINED["costs"]),
        "failures": files_of_variants(TRAINED["failures"]),
        "weights": files_of_variants(TRAINED["weights"]),
    }
)
