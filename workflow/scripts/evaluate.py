"""Turn the scores of all rungs into tables."""

from pathlib import Path

from ladder.evaluate import evaluate
from ladder.job import job

with job(snakemake.log[0], snakemake.input, snakemake.output):
    evaluate(
        rungs=snakemake.params.cfg["rungs"],
        index=snakemake.input.index,
        names=snakemake.params.cfg["metrics"],
        folder=Path(snakemake.output.summary).parent,
        about={"dataset": snakemake.params.cfg["dataset"]},
    )
