"""Train one variant with one block of seeds."""

from ladder import lease
from ladder.job import job

with job(snakemake.log[0], snakemake.input, snakemake.output):
    # Not of the params, of which a change reruns: how many share a GPU decides no result.
    lease.take(snakemake.params.cfg["device"], snakemake.config["jobs_per_gpu"])

    from ladder.train import train_block

    train_block(
        snakemake.wildcards.variant,
        recipe=snakemake.params.cfg["recipe"],
        seeds=snakemake.params.seeds,
        device=snakemake.params.cfg["device"],
        train=snakemake.input.train,
        valid=snakemake.input.valid,
        outputs=dict(snakemake.output.items()),
    )
