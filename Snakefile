from snakemake.utils import min_version

min_version("9.27")


configfile: "config.yaml"


# Checks the config before anything else; then the stages in running order.
include: "workflow/rules/common.smk"
include: "workflow/rules/download.smk"
include: "workflow/rules/tensorize.smk"
include: "workflow/rules/baseline.smk"
include: "workflow/rules/chapter.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/sweep.smk"
include: "workflow/rules/export.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/failures.smk"


# Seconds of work each: on a cluster they run where snakemake does, and only training is worth a job's start.
localrules:
    all,
    download,
    tensorize,
    baseline,
    chapter,
    export,
    evaluate,
    evaluate_sweep,
    draw_sweep,
    report,
    sweep,


rule all:
    default_target: True
    input:
        rules.report.output.page,
        rules.report.output.checksums,


# The sweeps alone, without the ladder.
rule sweep:
    input:
        *SWEPT["points"],
        *SWEPT["figures"],
