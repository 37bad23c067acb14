"""Render the report."""

from ladder.job import job
from ladder.report.page import write_page

with job(snakemake.log[0]):
    params = snakemake.params
    write_page(
        snakemake.output.page,
        settings=params.cfg,
        rungs=params.rungs,
        device=params.device,
        summary=snakemake.input.summary,
        confusion=snakemake.input.confusion,
        costs=list(snakemake.input.costs),
        facts=snakemake.input.facts,
        models=list(snakemake.input.models),
        figures={
            name: {"svg": svg, "caption": params.captions[name], **params.placed[name]}
            for name, svg in zip(params.captions, snakemake.input.figures, strict=True)
        },
    )
