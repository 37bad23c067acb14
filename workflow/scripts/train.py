"""Train one variant, or several one after another, with one block of seeds."""

from ladder.runtime import gpu_lease
from ladder.runtime.job import job

with job(snakemake.log[0], snakemake.input, snakemake.output):
    # `jobs_per_gpu` and `resume_points` are read from the config, not from params: a change of a param reruns the job,
    # and neither setting changes a result.
    gpu_lease.take(snakemake.params.cfg["device"], snakemake.config["jobs_per_gpu"])

    from ladder.train import train_block
    from ladder.training.resume import Keeper

    keeper = Keeper(snakemake.config["resume_points"], snakemake.params.code)
    for number, (variant, recipe) in enumerate(snakemake.params.cfg["recipes"].items()):
        train_block(
            variant,
            recipe=recipe,
            seeds=snakemake.params.seeds,
            device=snakemake.params.cfg["device"],
            train=snakemake.input.train,
            valid=snakemake.input.valid,
            outputs={kind: paths[number] for kind, paths in snakemake.output.items()},
            keeper=keeper,
        )
    keeper.remove()
