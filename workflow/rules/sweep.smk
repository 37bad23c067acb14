# Trains one variant with lists or ranges of values of its settings, in blocks of runs, and evaluates and draws the
# results.
#
# in   the tensors
# out  results/<dataset>/sweep/<variant>/<first run>-<last run>/: history.csv, scores.parquet, costs.csv, failures.csv
#      results/<dataset>/sweep/<variant>/: runs and points, each as .csv and .parquet, costs.csv, failures.csv,
#      heat_map.svg and .png


include: "common/sweep.smk"


SWEEP = f"{RESULTS}/sweep/{{swept}}"


wildcard_constraints:
    swept="|".join(STUDY.sweeps) or "none",


rule train_sweep:
    input:
        **TENSORS,
        again=lambda wildcards: again_if_failed([f"{RESULTS}/sweep/{wildcards.swept}/{wildcards.block}"]),
    output:
        history=f"{SWEEP}/{{block}}/history.csv",
        scores=f"{SWEEP}/{{block}}/scores.parquet",
        costs=f"{SWEEP}/{{block}}/costs.csv",
        failures=f"{SWEEP}/{{block}}/failures.csv",
    log:
        f"{LOGS}/sweep/{{swept}}/{{block}}.log",
    benchmark:
        f"{BENCHMARKS}/sweep/{{swept}}/{{block}}.tsv"
    conda:
        "../../envs/train.yaml"
    threads: lambda wildcards: STUDY.sweeps[wildcards.swept].recipe["threads"]
    resources:
        gpu=int(DEVICE == "cuda"),
        mem_mb=memory_of_training,
        runtime=partial(runtime_of_training, 1),
    params:
        cfg=lambda wildcards: {
            "recipe": STUDY.sweeps[wildcards.swept].recipe,
            "points": STUDY.sweeps[wildcards.swept].runs_of(wildcards.block),
            "device": DEVICE,
        },
        reproducibility=STUDY.settings["reproducibility"],
        code=code_of_sweep,
    script:
        "../scripts/train_sweep.py"


rule evaluate_sweep:
    input:
        scores=blocks_of_sweep("scores.parquet"),
        costs=blocks_of_sweep("costs.csv"),
        failures=blocks_of_sweep("failures.csv"),
    output:
        **{name: f"{SWEEP}/{name}.csv" for name in ("runs", "points", "costs", "failures")},
        parquet=[f"{SWEEP}/{name}.parquet" for name in ("runs", "points")],
    log:
        f"{LOGS}/sweep/{{swept}}/evaluate.log",
    benchmark:
        f"{BENCHMARKS}/sweep/{{swept}}/evaluate.tsv"
    localrule: True
    conda:
        "../../envs/data.yaml"
    params:
        cfg=lambda wildcards: {
            "over": STUDY.sweeps[wildcards.swept].over,
            "seeds": STUDY.sweeps[wildcards.swept].seeds,
            "metrics": STUDY.settings["metrics"],
        },
        reproducibility=STUDY.settings["reproducibility"],
        code=lambda wildcards: source_code.code_digest("evaluate_sweep", *CODE_OF_METRICS),
    script:
        "../scripts/evaluate_sweep.py"


rule draw_sweep:
    input:
        points=f"{SWEEP}/points.parquet",
        runs=f"{SWEEP}/runs.parquet",
        facts=FACTS,
    output:
        svg=report(
            f"{SWEEP}/heat_map.svg",
            caption="../report/figure.rst",
            category="Sweeps",
            labels=lambda wildcards: {"figure": f"Sweep of {wildcards.swept}"},
        ),
        png=f"{SWEEP}/heat_map.png",
    log:
        f"{LOGS}/sweep/{{swept}}/draw.log",
    benchmark:
        f"{BENCHMARKS}/sweep/{{swept}}/draw.tsv"
    localrule: True
    conda:
        "../../envs/report.yaml"
    params:
        cfg=lambda wildcards: {"over": STUDY.sweeps[wildcards.swept].over, "own": STUDY.sweeps[wildcards.swept].own},
        caption=lambda wildcards: caption_of_sweep(wildcards.swept),
        reproducibility=STUDY.settings["reproducibility"],
        code=lambda wildcards: source_code.code_digest("draw_sweep"),
    script:
        "../scripts/draw_sweep.py"


# Files of each sweep that the report shows, in the order of the config.
SWEPT = {
    kind: expand(f"{SWEEP}/{file}", swept=STUDY.sweeps)
    for kind, file in {
        "points": "points.parquet",
        "costs": "costs.csv",
        "failures": "failures.csv",
        "figures": "heat_map.svg",
        "pictures": "heat_map.png",
    }.items()
}


JOBS.append(jobs_of_sweeps)
LISTED.append(listed_of_sweeps)
for files in (("runs.csv", "runs.parquet"), ("points.csv", "points.parquet"), ("failures.csv",)):
    LISTED += sorted(expand(f"{SWEEP}/{{file}}", swept=STUDY.sweeps, file=files))
LISTED += sorted([*SWEPT["figures"], *SWEPT["pictures"]])
