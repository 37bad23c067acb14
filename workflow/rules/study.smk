# Checks the config before anything else. STUDY is the typed view of the config, and RESULTS the folder of all results.

import copy
import logging
import os
import sys
from pathlib import Path

# The folder is not workflow.basedir: in a module, that is the folder of the importing workflow.
LIBRARY = str(Path(workflow.current_basedir).parent)
if not os.path.isdir(LIBRARY):
    sys.exit(
        f"{LIBRARY}: no folder of this machine; the workflow runs from a checkout, so clone it and name its Snakefile"
    )
sys.path.insert(0, LIBRARY)
if not os.stat(LIBRARY).st_mode & 0o222:
    # The installation is read-only, so not even root should write bytecode to it.
    sys.dont_write_bytecode = True
    os.environ.update(PYTHONDONTWRITEBYTECODE="1")
# The scripts of the jobs import the same library.
os.environ.update(PYTHONPATH=os.pathsep.join(filter(None, [LIBRARY, os.getenv("PYTHONPATH")])))
# On a full disk Snakemake cannot write its log either. The job's own sentence says so; logging adds no traceback.
logging.raiseExceptions = False
# Jobs are killed when the process with this id ends (ladder/runtime/child_processes.py).
os.environ.update(LADDER_SNAKEMAKE=str(os.getpid()))

from ladder.config import files as config_files
from ladder.config import study as study_config
from ladder.errors import LadderError
from ladder.images import fingerprint
from ladder.provenance import command, source_code
from ladder.runtime import invocation, results_folder, session

try:
    config_files.refuse_slips(workflow.configfiles)
    config_files.refuse_unquoted(
        study_config.in_place_of_text(config), workflow.configfiles, workflow.config_settings.config_args
    )
    if workflow.is_main_process and workflow.modifier.is_main_snakefile():
        config_files.say_what_is_not_read("config.yaml", workflow.configfiles)
    # The config is copied: a module's config belongs to the importing workflow, and another module may get it too.
    STUDY = study_config.load(copy.deepcopy(config))
    config = STUDY.settings  # here and in the jobs
    IS_FIRST = invocation.agree({key: config[key] for key in ("device", "reproducibility", "jobs_per_gpu")})
    IS_MAIN = workflow.modifier.is_main_snakefile()
    RESULTS = f"results/{STUDY.dataset}"
    if workflow.modifier.path_modifier.replace_prefix(RESULTS) != RESULTS:
        raise LadderError(
            "config: a module with a prefix is not possible here, since results/<dataset> is where verify and the crate look; "
            "leave `prefix:` out, and use `workdir:` or --directory for another place"
        )
    # This comes before Snakemake looks at any file, and not in jobs, which would disturb each other.
    if workflow.is_main_process:
        session.put_right(RESULTS)
    if "path" in STUDY.source:
        fingerprint.refuse_missing(STUDY.source["path"])
    if workflow.is_main_process and IS_MAIN and command.asks_for_report(sys.argv[1:]):
        results_folder.refuse_to_report(RESULTS, STUDY.settings)
except LadderError as error:
    sys.exit(str(error))

if workflow.is_main_process:
    invocation.announce(sys.argv[1:])

LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"


wildcard_constraints:
    block=r"\d+-\d+",
