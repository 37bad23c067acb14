"""Turn labelled images into one tensor file a split."""

from functools import partial
from importlib import import_module

from ladder.images import pixels
from ladder.images.splits import named
from ladder.runtime.job import job
from ladder.tensorize import tensorize

with job(snakemake.log[0], snakemake.input, snakemake.output):
    options = dict(snakemake.params.cfg)
    of_pixels = {key: options.pop(key) for key in pixels.SETTINGS}
    entries = import_module(f"ladder.datasets.{options.pop('kind')}").entries
    tensorize(
        partial(entries, snakemake.params.location, **options),
        outputs={"train": snakemake.output.train, "valid": snakemake.output.valid},
        index=snakemake.output.index,
        facts=snakemake.output.facts,
        workers=snakemake.threads,
        names=named(options.get("train"), options.get("valid")),
        pixels=pixels.of(**of_pixels),
    )
