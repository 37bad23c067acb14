# Turns scores into tidy tables, in the same way for every classifier.
#
# in   the scores of every rung, the histories and failures of the training jobs, and the index of the images
# out  results/<dataset>/evaluate/, each as .csv and .parquet: metrics, summary, confusion, mistakes, agreement, hard,
#      validation, comparison, differences, calibration, marks; and summary.json

from ladder.evaluation import ideas

TABLES = (
    "metrics",
    "summary",
    "confusion",
    "mistakes",
    "agreement",
    "hard",
    "validation",
    "comparison",
    "differences",
    "calibration",
    "marks",
)


# The rungs of each idea.
MEMBERS = ideas.members(STUDY.rungs, STUDY.settings["variants"])
# The baseline that declares CHANCE. Every rung is compared with this baseline, in the ladder or not.
CHANCE = next(
    (
        name
        for name in (*STUDY.baselines, *source_code.modules("baselines"))
        if source_code.constants(f"baselines.{name}").get("CHANCE")
    ),
    None,
)
SETTINGS_OF_LOSS = ("loss", "sampling", "class_weights")  # they decide at which value a loss starts
CODE_OF_METRICS = [f"metrics.{name}" for name in STUDY.settings["metrics"]]


# The request to the evaluation, and to the looks between rounds of seeds.
ASKED = {
    "metrics": STUDY.settings["metrics"],
    "recipes": {name: {key: STUDY.recipe(name)[key] for key in SETTINGS_OF_LOSS} for name in STUDY.variants},
    # Pairs that show what an idea buys follow from the settings; accuracies then choose among them.
    "members": MEMBERS,
    "alike": [pair for pairs in ideas.alike(STUDY.rungs, STUDY.settings["variants"]).values() for pair in pairs],
    "chance": CHANCE,
    "rules": rules_after(len(later_rounds()) + 1),
}


rule evaluate:
    input:
        scores=files_of_rungs("scores.parquet"),
        histories=ARTIFACTS["history"],
        failures=files_of_variants("failures.csv"),
        index=INDEX,
    output:
        tables=expand(f"{RESULTS}/evaluate/{{table}}.{{kind}}", table=TABLES, kind=["csv", "parquet"]),
        summary=f"{RESULTS}/evaluate/summary.json",
    log:
        f"{LOGS}/evaluate.log",
    benchmark:
        f"{BENCHMARKS}/evaluate.tsv"
    localrule: True
    conda:
        "../../envs/data.yaml"
    params:
        cfg={
            # The number of score files of each rung. Their paths are no param, since remote storage changes them.
            "rungs": {rung: len(files_of(rung, "scores.parquet")) for rung in STUDY.rungs},
            "dataset": STUDY.dataset,
            "asked": ASKED,
        },
        reproducibility=STUDY.settings["reproducibility"],
        code=lambda wildcards: source_code.code_digest("evaluate", *CODE_OF_METRICS),
    script:
        "../scripts/evaluate.py"


JOBS.append(lambda: jobs_of("evaluate"))
ARTIFACTS.update({name: f"{RESULTS}/evaluate/{name}.parquet" for name in TABLES})
LISTED += sorted(rules.evaluate.output)
