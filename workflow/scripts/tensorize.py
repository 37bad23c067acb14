"""Turn labelled images into one tensor file a split."""

from functools import partial
from importlib import import_module

from ladder.images.index import SPLITS
from ladder.images.layout import of_settings
from ladder.runtime.job import job
from ladder.tensorize import tensorize

with job(snakemake.log[0], snakemake.input, snakemake.output):
    settings = snakemake.params.cfg
    entries = import_module(f"ladder.datasets.{settings['kind']}").entries
    tensorize(
        partial(entries, snakemake.params.location, **settings["entries"]),
        outputs={split: snakemake.output[split] for split in SPLITS},
        index=snakemake.output.index,
        facts=snakemake.output.facts,
        workers=snakemake.threads,
        layout=of_settings(**settings["layout"]),
    )
