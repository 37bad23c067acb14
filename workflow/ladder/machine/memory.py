"""Memory of a job: reuse from step to step, the peak, and the error message if memory runs out."""

import ctypes
import functools
import re
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ladder.errors import LadderError

STATUS = Path("/proc/self/status")
# Words in the errors of PyTorch's allocators, and of cuBLAS and cuDNN, which need memory of their own. PyTorch has an
# exception class for CUDA's memory alone.
OUT_OF_MEMORY = re.compile(r"out of memory|not enough memory|can't allocate memory|STATUS_ALLOC_FAILED")

# Parameters of glibc's mallopt, and the largest MMAP_THRESHOLD that it takes, in bytes.
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
LARGEST_THRESHOLD = 32 << 20


def keep_freed() -> None:
    """Let this process keep the memory that it frees, for later allocations; without glibc, do nothing.

    By default the C library returns large blocks to the system, which clears their pages when they are allocated again.
    For the activations of a small network this can take a quarter of a training step.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(MMAP_THRESHOLD, LARGEST_THRESHOLD)
        mallopt(TRIM_THRESHOLD, 2**31 - 1)


def peak_megabytes() -> float:
    """Return the largest resident set of this process so far, in MB (10^6 bytes); a block of seeds is one process."""
    if STATUS.exists():
        # On Linux, getrusage would also count the process that started this one.
        return int(re.search(r"^VmHWM:\s+(\d+) kB", STATUS.read_text(), re.MULTILINE)[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # bytes on macOS


def says_out_of_memory(error: Exception) -> bool:
    """Return whether an error is about too little memory of the GPU or of the machine."""
    return isinstance(error, MemoryError) or OUT_OF_MEMORY.search(str(error)) is not None


@contextmanager
def enough_for(what: str, helps: str) -> Iterator[None]:
    """Turn an error of too little memory, of the GPU or the machine, into a LadderError that says what helps.

    what   the activity that needs the memory
    helps  words for the changes that need less memory
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not says_out_of_memory(error):
            raise
        asked = re.search(r"tried to allocate (\d[\d.]* \w+)", str(error), re.IGNORECASE)
        detail = f" ({asked[1]} more were asked for)" if asked else ""
        raise LadderError(f"{what}: out of memory{detail}; use {helps}") from error


def says_what_helps(train: Callable) -> Callable:
    """Decorate a function of (variant, recipe, ...): if memory runs out, raise LadderError with settings that help."""

    @functools.wraps(train)
    def with_a_sentence(variant: str, recipe: dict, *args, **kwargs):
        lower = "" if recipe["precision"] == "bf16" else " or `precision: bf16`"
        helps = (
            f"a smaller `batch_size`{lower} in variants.{variant}, fewer jobs at a time (`jobs_per_gpu`, or --cores on "
            "a CPU), or a device with more memory"
        )
        with enough_for(f"{variant}, in batches of {recipe['batch_size']} images", helps):
            return train(variant, recipe, *args, **kwargs)

    return with_a_sentence
