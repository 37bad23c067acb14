# Runs the experiments of the report's chapter "What does each idea buy?". Each shows one idea in a small example.
#
# in   the tensors and the mean images
# out  results/<dataset>/chapter/facts.json, {pixels,rolling_ball,descent,nudges,activations}.csv, and timings.json;
#      timings.json differs between runs, the other files do not

CHAPTER_TABLES = ("pixels", "rolling_ball", "descent", "nudges", "activations")
CHAPTER = {
    **{name: f"{RESULTS}/chapter/{name}.json" for name in ("facts", "timings")},
    **{name: f"{RESULTS}/chapter/{name}.csv" for name in CHAPTER_TABLES},
}


rule chapter:
    input:
        **TENSORS,
        means=MEANS,
    output:
        **CHAPTER,
    log:
        f"{LOGS}/chapter.log",
    benchmark:
        f"{BENCHMARKS}/chapter.tsv"
    localrule: True
    conda:
        "../../envs/train.yaml"
    threads: 1
    params:
        # Learning rate, factor and image (number 1 of the first class) are those of the examples in fastai's book.
        cfg={"seed": 0, "image": 1, "lr": 1e-5, "steps": 10, "factor": 1.0001},
        reproducibility=STUDY.settings["reproducibility"],
        code=lambda wildcards: source_code.code_digest("chapter"),
    script:
        "../scripts/chapter.py"


JOBS.append(lambda: jobs_of("chapter"))
ARTIFACTS.update({name: CHAPTER[name] for name in CHAPTER_TABLES}, chapter=CHAPTER["facts"])
LISTED += [CHAPTER["facts"], *sorted(CHAPTER[name] for name in CHAPTER_TABLES)]
