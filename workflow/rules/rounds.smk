# Looks at the results after each round of seeds but the last, and decides which variants the next round trains. A study
# with one round, `seeds: 5`, has no such job.
#
# in   the scores, histories and failures of all rounds so far, and the index of the images
# out  results/<dataset>/rounds/<number of the next round>.json

from ladder.training import left_out


include: "common/rounds.smk"


wildcard_constraints:
    round=r"\d+",


rule rounds:
    input:
        scores=lambda wildcards: before_round(STUDY.rungs, "scores.parquet", wildcards.round),
        histories=lambda wildcards: before_round(STUDY.variants, "history.csv", wildcards.round),
        failures=lambda wildcards: before_round(STUDY.variants, "failures.csv", wildcards.round),
        index=INDEX,
    output:
        round=f"{RESULTS}/rounds/{{round}}.json",
    log:
        f"{LOGS}/rounds/{{round}}.log",
    benchmark:
        f"{BENCHMARKS}/rounds/{{round}}.tsv"
    localrule: True
    conda:
        "../../envs/data.yaml"
    params:
        cfg=lambda wildcards: {
            "rungs": {rung: len(before_round([rung], "scores.parquet", wildcards.round)) for rung in STUDY.rungs},
            "asked": ASKED | {"metrics": [], "rules": rules_after(int(wildcards.round) - 1)},
        },
        reproducibility=STUDY.settings["reproducibility"],
        code=lambda wildcards: source_code.code_digest("rounds"),
    script:
        "../scripts/rounds.py"


# The files of the rounds, in their order.
ROUNDS = [f"{RESULTS}/rounds/{number}.json" for number in later_rounds()]
JOBS.append(lambda: jobs_of("rounds", round=[str(number) for number in later_rounds()]) if ROUNDS else [])
LISTED += ROUNDS
