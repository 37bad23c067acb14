"""Turn labelled images into one tensor file per split."""

from functools import partial
from importlib import import_module
from pathlib import Path

from ladder.images import pixels
from ladder.images.layout import of_settings
from ladder.images.splits import SPLITS
from ladder.runtime.job import job
from ladder.tensorize import tensorize, tensorize_stacks

with job(snakemake.log[0], snakemake.input, snakemake.output):
    settings, location = snakemake.params.cfg, snakemake.params.location
    location = str(location) if isinstance(location, Path) else location
    source = import_module(f"ladder.datasets.{settings['kind']}")
    written = {
        "outputs": {split: snakemake.output[split] for split in SPLITS},
        "layout": of_settings(**settings["layout"]),
        "pixels": pixels.of(**settings["pixels"]),
    }
    written |= {"index": snakemake.output.index, "facts": snakemake.output.facts}
    if hasattr(source, "stacks"):
        tensorize_stacks(source.stacks(location, **settings["entries"]), **written)
    else:
        tensorize(partial(source.entries, location, **settings["entries"]), workers=snakemake.threads, **written)
