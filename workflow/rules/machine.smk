# Finds the device that models are trained on, and sets the environment variables that its libraries read.

from ladder.machine import device, reproducibility

DEVICE = device.resolve(STUDY.settings["device"])
# The device is found once, where the study is started. Jobs inherit it, since `auto` could be another device on a
# cluster's node.
os.environ.update(LADDER_DEVICE=DEVICE)
if any(variant["precision"] == "auto" for variant in STUDY.settings["variants"].values()):
    os.environ.update(LADDER_PRECISION=device.precision(DEVICE))
try:
    os.environ.update(reproducibility.environment(STUDY.settings["reproducibility"], DEVICE))
except LadderError as error:
    sys.exit(str(error))
# A cluster, recognized by --jobs, gives each job GPUs of its own. On one machine the user sets `gpu` to the number of
# GPUs to use, by default all. From here on `gpu` is the number of jobs on them. Each job finds its GPU by
# ladder/runtime/gpu_lease.py.
if DEVICE == "cuda" and workflow.global_resources["_nodes"].value is None and IS_FIRST:
    GPUS = workflow.global_resources.setdefault("gpu", len(device.nvidia_gpus()) or 1).value
    os.environ.update(LADDER_GPUS=str(GPUS))
    workflow.global_resources["gpu"] = GPUS * STUDY.settings["jobs_per_gpu"]
