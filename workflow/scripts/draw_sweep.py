"""Draw the heat map of a sweep."""

import json
from pathlib import Path

from ladder.presentation import style
from ladder.presentation.artifacts import load
from ladder.runtime.job import job
from ladder.sweep.figure import draw

with job(snakemake.log[0], snakemake.input, snakemake.output):
    style.apply_style()
    facts = json.loads(Path(snakemake.input.facts).read_text(encoding="utf-8"))
    figure = draw(
        **snakemake.params.cfg,
        points=load("points", [snakemake.input.points]),
        runs=load("runs", [snakemake.input.runs]),
        images=facts["images"]["valid"],
    )
    style.save(figure, snakemake.output.svg, snakemake.output.png)
