"""Fetch and verify the archive of a dataset."""

from ladder.download import download
from ladder.runtime.job import job

with job(snakemake.log[0], outputs=snakemake.output):
    download(
        target=snakemake.output.archive,
        folders=snakemake.config["archives"],  # not from params: the place of a verified copy changes no result
        **snakemake.params.cfg,
    )
