"""Classify by the baselines, which need no training."""

from ladder.baseline import write_baseline
from ladder.runtime.job import job

with job(snakemake.log[0], snakemake.input, snakemake.output):
    names = snakemake.params.names
    write_baseline(
        names,
        train=snakemake.input.train,
        valid=snakemake.input.valid,
        means=snakemake.output.means,
        scored=dict(zip(names, snakemake.output.scores, strict=True)),
        spent=dict(zip(names, snakemake.output.costs, strict=True)),
    )
