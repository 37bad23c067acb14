# Renders the report: one page that opens offline.
#
# in   the tables of evaluate, the figures and their captions, the facts about the data, what each run cost
# out  results/<dataset>/report.html


rule report:
    input:
        figures=expand(f"{RESULTS}/figures/{{figure}}.svg", figure=STUDY.settings["figures"]),
        summary=f"{RESULTS}/evaluate/summary.json",
        confusion=ARTIFACTS["confusion"],
        costs=ARTIFACTS["costs"],
        facts=FACTS,
        models=EXPORTED,
        templates=[f"{LIBRARY}/ladder/report/{name}" for name in ("page.html.j2", "style.css")]
        + [f"{LIBRARY}/ladder/report/{name}" for name in ("_try_it.html.j2", "try_it.css", "try_it.js")],
    output:
        page=f"{RESULTS}/report.html",
    log:
        f"{LOGS}/report.log",
    benchmark:
        f"{BENCHMARKS}/report.tsv"
    conda:
        "../../envs/report.yaml"
    params:
        cfg=STUDY.settings,
        device=DEVICE,
        rungs=STUDY.rungs,
        captions=lambda wildcards: {figure: caption_of(figure) for figure in STUDY.settings["figures"]},
        placed=lambda wildcards: {
            figure: provenance.constants(f"figures.{figure}") for figure in STUDY.settings["figures"]
        },
        code=lambda wildcards: provenance.code_digest("report"),
    script:
        "../scripts/report.py"
