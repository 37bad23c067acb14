# Exports the first seed of some variants as plain layers, which the report's page runs in the browser.
#
# in   the weights of the ladder's variants that `try_it` names, the facts about the data
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


# A study without such variants has no job of this stage. The report's input is a path, not rules.export.output. With
# the latter, Snakemake would hash the report's whole list of inputs once for each input, which takes minutes for 10,000
# training jobs.
EXPORTED = [MODELS] if TRY_IT else []
JOBS.append(lambda: jobs_of("export") if TRY_IT else [])
LISTED += EXPORTED
