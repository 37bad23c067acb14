"""Decide which rungs get another round of seeds."""

from itertools import islice

from ladder.evaluate import Request
from ladder.rounds import look
from ladder.runtime.job import job

with job(snakemake.log[0], snakemake.input, snakemake.output):
    scores, cfg = iter(snakemake.input.scores), snakemake.params.cfg
    look(
        rungs={rung: list(islice(scores, count)) for rung, count in cfg["rungs"].items()},
        index=snakemake.input.index,
        request=Request(**cfg["asked"]),
        output=snakemake.output.round,
        histories=list(snakemake.input.histories),
        failures=list(snakemake.input.failures),
    )
