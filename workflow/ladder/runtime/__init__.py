"""The surroundings of a job: its log and record, its parent process, locks, GPUs, the call of snakemake."""
