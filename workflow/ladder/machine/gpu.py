"""What a job's GPU is, and how much of its memory the job has needed."""

from ladder.machine.device import driver_version


def columns(device: str) -> dict:
    """Return `gpu` (its name), `driver` and `peak_gpu_megabytes` (10^6 bytes); None each where `device` is not cuda.

    The peak is that of the tensors, since the process started: what the driver and CUDA's libraries need comes on top.
    """
    if device != "cuda":
        return dict.fromkeys(("gpu", "driver", "peak_gpu_megabytes"))
    import torch  # here: a baseline needs none of it

    return {
        "gpu": torch.cuda.get_device_name(),
        "driver": driver_version(),
        "peak_gpu_megabytes": torch.cuda.max_memory_allocated() / 1e6,
    }
