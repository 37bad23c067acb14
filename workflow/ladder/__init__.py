"""The library behind the pipeline: importable without Snakemake; every stage of the workflow is a module here."""
