"""The costs of the runs of a rung: a row per seed, for baselines and trained models alike."""

from ladder.machine import gpu
from ladder.machine.memory import peak_megabytes

# A baseline has neither epochs nor a learning rate. A run of a sweep that diverged has only its seconds and its device.
COSTS = {
    "variant": "string",
    "seed": "int64",
    "parameters": "int64?",
    "epochs": "int64?",
    "lr": "float64?",
    "train_seconds": "float64",
    "microseconds_per_image": "float64?",
    "cpu_seconds": "float64?",
    "peak_megabytes": "float64?",
    "device": "string",
    "gpu": "string?",
    "driver": "string?",
    "peak_gpu_megabytes": "float64?",
}


def row(
    variant: str, seed: int, device: str, parameters: int, train_seconds: float, image_seconds: float, **columns
) -> dict:
    """Return the row of a run that has just ended in this process.

    image_seconds  seconds that the prediction of one image took
    columns        values of further columns
    """
    return {
        "variant": variant,
        "seed": seed,
        "parameters": parameters,
        "train_seconds": train_seconds,
        "microseconds_per_image": image_seconds * 1e6,
        "peak_megabytes": peak_megabytes(),
        "device": device,
        **gpu.columns(device),
        **columns,
    }
