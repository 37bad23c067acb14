"""The GPU of a job, and the GPU memory that the job has needed."""

from ladder.machine.device import driver_version


def columns(device: str) -> dict:
    """Return `gpu` (its name), `driver` and `peak_gpu_megabytes` (10^6 bytes); all are None if `device` is not cuda.

    The peak is of the tensors since the process started. Memory of the driver and of CUDA's libraries does not count.
    """
    if device != "cuda":
        return dict.fromkeys(("gpu", "driver", "peak_gpu_megabytes"))
    import torch  # imported here, since a baseline does not need it

    return {
        "gpu": torch.cuda.get_device_name(),
        "driver": driver_version(),
        "peak_gpu_megabytes": torch.cuda.max_memory_allocated() / 1e6,
    }
