# Draws the figures. One job draws all figures of a section of the report, since a small job spends most time to start.
#
# in   the artifacts that the parameters of `draw` in figures/<figure>.py name
# out  results/<dataset>/figures/<figure>.svg and .png

from ladder.config import contracts


include: "common/figures.smk"


try:
    contracts.refuse_figures(STUDY.settings["figures"], ARTIFACTS)
except LadderError as error:
    sys.exit(str(error))


# A figure is left out if the study has none of an artifact that it draws: a ladder of baselines has no learning curves.
# An empty list of failures leaves no figure out.
FIGURES = [
    figure
    for figure in STUDY.settings["figures"]
    if all(ARTIFACTS[name] or name == "failures" for name in asked_for_by(figure))
]
# The same figures, by their section of the report.
SECTIONS = {
    section: [figure for figure in FIGURES if source_code.constants(f"figures.{figure}")["SECTION"] == section]
    for section in dict.fromkeys(source_code.constants(f"figures.{figure}")["SECTION"] for figure in FIGURES)
}

for section, figures in SECTIONS.items():

    rule:
        name:
            f"figures_{section}"
        input:
            **{name: ARTIFACTS[name] for figure in figures for name in asked_for_by(figure)},
        output:
            svg=[
                report(
                    f"{RESULTS}/figures/{figure}.svg",
                    caption=f"../report/{figure}.rst",
                    category=section.capitalize(),
                    labels={"figure": source_code.constants(f"figures.{figure}")["TITLE"]},
                )
                for figure in figures
            ],
            png=expand(f"{RESULTS}/figures/{{figure}}.png", figure=figures),
        log:
            f"{LOGS}/figures/{section}.log",
        benchmark:
            f"{BENCHMARKS}/figures/{section}.tsv"
        localrule: True
        conda:
            "../../envs/report.yaml"
        params:
            figures={figure: asked_for_by(figure) for figure in figures},
            reproducibility=STUDY.settings["reproducibility"],
            code=lambda wildcards, figures=figures: source_code.code_digest(
                "figures", *(f"figures.{figure}.draw" for figure in figures)
            ),
        script:
            "../scripts/figures.py"


LISTED += sorted(expand(f"{RESULTS}/figures/{{figure}}.{{kind}}", figure=FIGURES, kind=["svg", "png"]))
JOBS.append(
    lambda: [
        job | {"rule": "figures", "variant": section} for section in SECTIONS for job in jobs_of(f"figures_{section}")
    ]
)
