# The device that models are trained on, and what its libraries read from the environment.

from ladder.machine import device, reproducibility

DEVICE = device.resolve(STUDY.settings["device"])
# Found once, where the study is started; its jobs inherit it, since `auto` could mean something else on a cluster's node.
os.environ.update(LADDER_DEVICE=DEVICE)
if any(variant["precision"] == "auto" for variant in STUDY.settings["variants"].values()):
    os.environ.update(LADDER_PRECISION=device.precision(DEVICE))
try:
    os.environ.update(reproducibility.environment(STUDY.settings["reproducibility"], DEVICE))
except LadderError as error:
    sys.exit(str(error))
# A cluster, which --jobs stands for, gives each job GPUs of its own. On one machine `gpu` is how many GPUs to use, by
# default all, and from here on the number of jobs on them; ladder/runtime/gpu_lease.py says which of them a job has.
if DEVICE == "cuda" and workflow.global_resources["_nodes"].value is None and IS_FIRST:
    GPUS = workflow.global_resources.setdefault("gpu", len(device.nvidia_gpus()) or 1).value
    os.environ.update(LADDER_GPUS=str(GPUS))
    workflow.global_resources["gpu"] = GPUS * STUDY.settings["jobs_per_gpu"]
