"""Run the experiments of the report's chapter."""

from ladder.runtime.job import job

with job(snakemake.log[0], snakemake.input, snakemake.output):
    from ladder.chapter.write import write_chapter

    write_chapter(
        snakemake.input.train,
        snakemake.input.valid,
        snakemake.input.means,
        outputs=dict(snakemake.output.items()),
        cfg=snakemake.params.cfg,
    )
