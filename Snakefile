import os
import sys

from snakemake.utils import min_version

min_version("9.27")

# The config lies beside this file, wherever snakemake is called. A workflow that imports this one as a module may give
# another config instead.
CONFIG = os.path.relpath(str(workflow.current_basedir.join("config.yaml")))
GIVEN = workflow.modifier.skip_configfile or workflow.config_settings.replace_workflow_config
if not (GIVEN or os.path.isfile(CONFIG)):
    sys.exit(f"config: {CONFIG}: no such file; it holds every setting and lies beside the Snakefile, so put it back")


configfile: CONFIG


# First the files that all stages share, then the stages in running order.
include: "workflow/rules/study.smk"
include: "workflow/rules/machine.smk"
include: "workflow/rules/stages.smk"
include: "workflow/rules/download.smk"
include: "workflow/rules/tensorize.smk"
include: "workflow/rules/baseline.smk"
include: "workflow/rules/chapter.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/rounds.smk"
include: "workflow/rules/sweep.smk"
include: "workflow/rules/export.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"
# Last the files that look at all rules.
include: "workflow/rules/session.smk"
include: "workflow/rules/failures.smk"


rule all:
    default_target: True
    input:
        rules.report.output.page,
        rules.report.output.checksums,


# Runs the sweeps alone, without the ladder.
rule sweep:
    input:
        *SWEPT["points"],
        *SWEPT["figures"],
