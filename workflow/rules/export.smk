# Exports the first seed of some variants as plain layers, for the report's page to run in the browser.
#
# in   the weights of the variants that `try_it` names and the ladder has, the facts about the data
# out  results/<dataset>/export/models.json

MODELS = f"{RESULTS}/export/models.json"
TRY_IT = [name for name in STUDY.settings["try_it"] if name in STUDY.variants]


rule export:
    input:
        weights=[files_of(name, "weights.safetensors")[0] for name in TRY_IT],
        facts=FACTS,
    output:
        models=MODELS,
    log:
        f"{LOGS}/export.log",
    benchmark:
        f"{BENCHMARKS}/export.tsv"
    localrule: True
    conda:
        "../../envs/train.yaml"
    params:
        cfg={
            "variants": {
                name: {key: STUDY.recipe(name)[key] for key in ("model", "options", "loss")} for name in TRY_IT
            },
        },
        reproducibility=STUDY.settings["reproducibility"],
        code=lambda wildcards: source_code.code_digest(
            "export", *plug_ins({key: [STUDY.recipe(name)[key] for name in TRY_IT] for key in ("model", "loss")})
        ),
    script:
        "../scripts/export.py"


# A study without such variants has no job of this stage. A path, not rules.export.output: with that, Snakemake hashes the
# report's whole list of inputs once for each of them, which takes minutes for 10,000 training jobs.
EXPORTED = [MODELS] if TRY_IT else []
JOBS.append(lambda: jobs_of("export") if TRY_IT else [])
