"""Turn the scores of all rungs into tables."""

from itertools import islice
from pathlib import Path

from ladder.evaluate import evaluate
from ladder.job import job

with job(snakemake.log[0], snakemake.input, snakemake.output):
    scores = iter(snakemake.input.scores)
    evaluate(
        rungs={rung: list(islice(scores, count)) for rung, count in snakemake.params.cfg["rungs"].items()},
        index=snakemake.input.index,
        names=snakemake.params.cfg["metrics"],
        folder=Path(snakemake.output.summary).parent,
        about={"dataset": snakemake.params.cfg["dataset"]},
    )
