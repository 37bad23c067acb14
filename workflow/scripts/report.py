"""Render the report, list the promised checksums, and write the provenance."""

from pathlib import Path

from ladder.presentation import artifacts
from ladder.provenance import checksums, manifest
from ladder.report.page import Study, write_page
from ladder.runtime import invocation
from ladder.runtime.job import job

KNOWN = ("rungs", "baselines", "members", "seeds", "jobs", "device", "again")

with job(snakemake.log[0], snakemake.input, snakemake.output):
    started = invocation.now()
    params = snakemake.params
    pages = dict(snakemake.output.items())
    provenance = pages.pop("provenance")
    write_page(
        {name: pages[name] for name in ("page", "tables", "summary")},
        Study(manifest.portable_config(params.cfg), **{name: getattr(params, name) for name in KNOWN}),
        legend=artifacts.names_in_figures([*snakemake.input.figures, *snakemake.input.sweep_figures]),
        files={name: paths if isinstance(paths, str) else list(paths) for name, paths in snakemake.input.items()},
        figures={
            name: {"svg": svg, "png": png, "caption": params.captions[name], **params.placed[name]}
            for name, svg, png in zip(params.captions, snakemake.input.figures, snakemake.input.pictures, strict=True)
        },
        sweeps={
            name: {**about, "points": points, "costs": costs, "failures": failures, "svg": svg, "png": png}
            for (name, about), points, costs, failures, svg, png in zip(
                params.sweeps.items(),
                snakemake.input.sweep_points,
                snakemake.input.sweep_costs,
                snakemake.input.sweep_failures,
                snakemake.input.sweep_figures,
                snakemake.input.sweep_pictures,
                strict=True,
            )
        },
    )
    checksums.write(Path(pages["page"]).parent, params.promised)
    manifest.write(
        provenance,
        settings=params.cfg,
        jobs=params.jobs,
        code=params.made_by,
        data=params.data,
        report={
            "rule": "report",
            "variant": None,
            "costs": None,
            "outputs": list(pages.values()),
            "record": invocation.record(started),
        },
    )
