"""Render the report, and list what is the same in every run."""

from pathlib import Path

from ladder import checksums
from ladder.job import job
from ladder.report.page import write_page

with job(snakemake.log[0], snakemake.input, snakemake.output):
    params = snakemake.params
    write_page(
        {name: snakemake.output[name] for name in ("page", "tables", "summary")},
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
    page, summary = snakemake.output.page, snakemake.output.summary
    checksums.write(Path(page).parent, {*snakemake.input, *params.trained, summary, page})
