"""Draw the figures of one section of the report."""

from importlib import import_module

from ladder.presentation import artifacts, style
from ladder.runtime.job import job

with job(snakemake.log[0], snakemake.input, snakemake.output):
    style.apply_style()
    loaded = {
        name: artifacts.load(name, [paths] if isinstance(paths, str) else list(paths))
        for name, paths in snakemake.input.items()
    }
    asked = snakemake.params.figures.items()
    for (figure, names), svg, png in zip(asked, snakemake.output.svg, snakemake.output.png, strict=True):
        draw = import_module(f"ladder.figures.{figure}").draw
        style.save(draw(**{name: loaded[name] for name in names}), svg, png)
