"""Train one block of a sweep's runs."""

from ladder.runtime import gpu_lease
from ladder.runtime.job import job

with job(snakemake.log[0], snakemake.input, snakemake.output):
    gpu_lease.take(snakemake.params.cfg["device"], snakemake.config["jobs_per_gpu"])

    from ladder.sweep.train import train_runs

    train_runs(
        snakemake.wildcards.swept,
        recipe=snakemake.params.cfg["recipe"],
        points=snakemake.params.cfg["points"],
        device=snakemake.params.cfg["device"],
        train=snakemake.input.train,
        valid=snakemake.input.valid,
        outputs=dict(snakemake.output.items()),
    )
