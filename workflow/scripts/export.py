"""Export trained models, which the report's page runs."""

from ladder.runtime.job import job

with job(snakemake.log[0], snakemake.input, snakemake.output):
    from ladder.export import export

    variants = snakemake.params.cfg["variants"]
    export(
        snakemake.output.models,
        variants=variants,
        weights=dict(zip(variants, snakemake.input.weights, strict=True)),
        facts=snakemake.input.facts,
    )
