"""Draw one figure."""

from importlib import import_module

from ladder import artifacts, plotting
from ladder.job import job

with job(snakemake.log[0]):
    plotting.apply_style()
    draw = import_module(f"ladder.figures.{snakemake.wildcards.figure}").draw
    inputs = {
        name: artifacts.load(name, [paths] if isinstance(paths, str) else list(paths))
        for name, paths in snakemake.input.items()
    }
    plotting.save(draw(**inputs), snakemake.output.svg, snakemake.output.png)
