"""Train one variant, or several one after another, with one block of seeds."""

from ladder.runtime import gpu_lease
from ladder.runtime.job import job
from ladder.training import left_out

with job(snakemake.log[0], snakemake.input, snakemake.output):
    recipes, of_round = snakemake.params.cfg["recipes"], snakemake.input.round
    outputs = {
        variant: {kind: paths[number] for kind, paths in snakemake.output.items()}
        for number, variant in enumerate(recipes)
    }
    trained = left_out.trained_in(of_round[0]) if of_round else list(recipes)
    for variant in [variant for variant in recipes if variant not in trained]:
        left_out.write(variant, recipes[variant], snakemake.input.valid, outputs[variant])
    if trained := [variant for variant in recipes if variant in trained]:
        # `jobs_per_gpu` and `resume_points` are read from the config, not from params: a change of a param reruns the
        # job, and neither setting changes a result.
        gpu_lease.take(snakemake.params.cfg["device"], snakemake.config["jobs_per_gpu"])

        from ladder.train import train_block
        from ladder.training.resume import Keeper

        keeper = Keeper(snakemake.config["resume_points"], snakemake.params.code)
        for variant in trained:
            train_block(
                variant,
                recipe=recipes[variant],
                seeds=snakemake.params.seeds,
                device=snakemake.params.cfg["device"],
                train=snakemake.input.train,
                valid=snakemake.input.valid,
                outputs=outputs[variant],
                keeper=keeper,
            )
        # A look that is made again, with another `to` or other code, has the job run again. It then finds its runs.
        keeper.keep() if of_round else keeper.remove()
