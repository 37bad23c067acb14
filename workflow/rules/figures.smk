# Draws the figures, each in a job of its own.
#
# in   the artifacts that the parameters of figures/<figure>.py's `draw` name
# out  results/<dataset>/figures/<figure>.svg and .png


rule figure:
    input:
        unpack(artifacts_of_figure),
    output:
        svg=report(
            f"{RESULTS}/figures/{{figure}}.svg",
            caption="../report/figure.rst",
            category=lambda wildcards: provenance.constants(f"figures.{wildcards.figure}")["SECTION"].capitalize(),
            labels=lambda wildcards: {"figure": provenance.constants(f"figures.{wildcards.figure}")["TITLE"]},
        ),
        png=f"{RESULTS}/figures/{{figure}}.png",
    log:
        f"{LOGS}/figures/{{figure}}.log",
    benchmark:
        f"{BENCHMARKS}/figures/{{figure}}.tsv"
    conda:
        "../../envs/report.yaml"
    params:
        caption=lambda wildcards: caption_of(wildcards.figure),
        code=lambda wildcards: provenance.code_digest("figure", f"figures.{wildcards.figure}"),
    script:
        "../scripts/figure.py"
