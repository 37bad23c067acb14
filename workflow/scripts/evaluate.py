"""Turn the scores of all rungs into tables."""

from itertools import islice
from pathlib import Path

from ladder.evaluate import Request, evaluate
from ladder.runtime.job import job

with job(snakemake.log[0], snakemake.input, snakemake.output):
    scores, cfg = iter(snakemake.input.scores), snakemake.params.cfg
    evaluate(
        rungs={rung: list(islice(scores, count)) for rung, count in cfg["rungs"].items()},
        index=snakemake.input.index,
        request=Request(**cfg["asked"]),
        folder=Path(snakemake.output.summary).parent,
        about={"dataset": cfg["dataset"]},
        histories=list(snakemake.input.histories),
        failures=list(snakemake.input.failures),
    )
