# Renders the report: one page that opens offline.
#
# in   the tables of evaluate, the figures and their captions, the facts about the data, the costs of each run
# out  results/<dataset>/report.html, summary.md (for a pull request), tables.html (for Snakemake's own report),
#      checksums.sha256 of the files that are the same in every run, and provenance.json, the record of the whole study
#
# A file of any stage that is made anew makes the report anew.

from ladder.provenance import manifest


include: "common/report.smk"


rule report:
    input:
        figures=expand(f"{RESULTS}/figures/{{figure}}.svg", figure=FIGURES),
        pictures=expand(f"{RESULTS}/figures/{{figure}}.png", figure=FIGURES),
        summary=f"{RESULTS}/evaluate/summary.json",
        confusion=ARTIFACTS["confusion"],
        validation=ARTIFACTS["validation"],
        comparison=ARTIFACTS["comparison"],
        differences=ARTIFACTS["differences"],
        costs=ARTIFACTS["costs"],
        failures=ARTIFACTS["failures"],
        facts=FACTS,
        mistakes=ARTIFACTS["mistakes"],
        hard=ARTIFACTS["hard"],
        valid=TENSORS["valid"],
        chapter=[CHAPTER["facts"], CHAPTER["pixels"], CHAPTER["timings"]],
        models=EXPORTED,
        sweep_points=SWEPT["points"],
        sweep_costs=SWEPT["costs"],
        sweep_failures=SWEPT["failures"],
        sweep_figures=SWEPT["figures"],
        sweep_pictures=SWEPT["pictures"],
        # Some of these files are inputs only for the list of checksums.
        listed=[path for path in LISTED if not callable(path)],
    output:
        page=f"{RESULTS}/report.html",
        summary=f"{RESULTS}/summary.md",
        tables=report(
            f"{RESULTS}/tables.html", caption="../report/tables.rst", category="Results", labels={"figure": "Table"}
        ),
        checksums=f"{RESULTS}/checksums.sha256",
        provenance=f"{RESULTS}/provenance.json",
    log:
        f"{LOGS}/report.log",
    benchmark:
        f"{BENCHMARKS}/report.tsv"
    localrule: True
    conda:
        "../../envs/report.yaml"
    params:
        cfg=STUDY.settings,
        device=DEVICE,
        again=lambda wildcards: command.of(manifest.portable_config(STUDY.settings)),
        # The files of these jobs are no inputs: the report reads them if they exist, and is not made anew for them.
        jobs=jobs_before_the_report,
        # The files of training are no inputs, as ten thousand inputs are slow to plan. The input costs.csv changes with
        # them.
        promised=promised,
        made_by=made_by,
        data=lambda wildcards: {
            **{
                "archive" if "sources" in STUDY.source else name: f"{RESULTS}/download/{name}"
                for name in STUDY.downloads
            },
            **TENSORS,
            "index": INDEX,
        },
        rungs=STUDY.rungs,
        baselines=lambda wildcards: {
            name: source_code.constants(f"baselines.{name}")["ABOUT"] for name in STUDY.baselines
        },
        # How many seeds the rounds train, the results say.
        seeds={variant: STUDY.seeds(variant) for variant in STUDY.variants if variant not in STUDY.looks},
        members=MEMBERS,
        captions=lambda wildcards: {figure: caption_of(figure) for figure in FIGURES},
        placed=lambda wildcards: {figure: source_code.constants(f"figures.{figure}") for figure in FIGURES},
        sweeps={
            name: {"over": sweep.over, "own": sweep.own, "caption": caption_of_sweep(name)}
            for name, sweep in STUDY.sweeps.items()
        },
        # Templates are no inputs: their paths depend on this folder, so a moved project would make the page anew.
        templates=lambda wildcards: source_code.files_digest("report"),
        code=lambda wildcards: source_code.code_digest("report"),
    script:
        "../scripts/report.py"


LISTED += [rules.report.output.summary, rules.report.output.page]
