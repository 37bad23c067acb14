"""Train one variant with one block of seeds."""

from ladder.job import job

with job(snakemake.log[0]):
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
