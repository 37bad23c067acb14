"""Train one variant, or several one after another, with one block of seeds."""

from ladder import lease
from ladder.job import job

with job(snakemake.log[0], snakemake.input, snakemake.output):
    # Not of the params, of which a change reruns: how many share a GPU decides no result.
    lease.take(snakemake.params.cfg["device"], snakemake.config["jobs_per_gpu"])

    from ladder.train import train_variants

    train_variants(
        snakemake.params.cfg["recipes"],
        seeds=snakemake.params.seeds,
        device=snakemake.params.cfg["device"],
        train=snakemake.input.train,
        valid=snakemake.input.valid,
        outputs=dict(snakemake.output.items()),
        # Not of the params either: when resume points are written decides no result.
        every=snakemake.config["resume_points"],
        code=snakemake.params.code,
    )
