"""Turn the scores of a sweep into tables, and gather the costs and failures of its runs."""

from ladder.formats import tables
from ladder.runtime.job import job
from ladder.sweep.evaluate import evaluate_sweep
from ladder.training import failures

with job(snakemake.log[0], snakemake.input, snakemake.output):
    output = snakemake.output
    evaluate_sweep(
        over=snakemake.params.cfg["over"],
        seeds=snakemake.params.cfg["seeds"],
        files=list(snakemake.input.scores),
        failed={int(row["run"]) for row in failures.read(snakemake.input.failures)},
        names=snakemake.params.cfg["metrics"],
        stems={name: output[name].removesuffix(".csv") for name in ("runs", "points")},
    )
    for name in ("costs", "failures"):
        tables.join(output[name], list(snakemake.input[name]))
