"""Render the report."""

from ladder.job import job
from ladder.report.page import write_page

with job(snakemake.log[0]):
    params = snakemake.params
    write_page(
        dict(snakemake.output.items()),
        settings=params.cfg,
        rungs=params.rungs,
        device=params.device,
        jobs=params.jobs,
        files={name: paths if isinstance(paths, str) else list(paths) for name, paths in snakemake.input.items()},
        figures={
            name: {"svg": svg, "caption": params.captions[name], **params.placed[name]}
            for name, svg in zip(params.captions, snakemake.input.figures, strict=True)
        },
        sweeps={
            name: {**about, "points": points, "costs": costs, "svg": svg}
            for (name, about), points, costs, svg in zip(
                params.sweeps.items(),
                snakemake.input.sweep_points,
                snakemake.input.sweep_costs,
                snakemake.input.sweep_figures,
                strict=True,
            )
        },
    )
