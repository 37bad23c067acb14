"""Memory of a job: kept from step to step, how much it has needed, and what to say where there is not enough."""

import ctypes
import functools
import re
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ladder.errors import LadderError

STATUS = Path("/proc/self/status")
# PyTorch has an exception of its own for CUDA's memory alone; these are the words of all its allocators, and of cuBLAS
# and cuDNN, which need some memory themselves.
OUT_OF_MEMORY = re.compile(r"out of memory|not enough memory|can't allocate memory|STATUS_ALLOC_FAILED")

# Parameters of glibc's mallopt, and the largest threshold that it takes.
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
LARGEST_THRESHOLD = 32 << 20


def keep_freed() -> None:
    """Let this process keep the memory that it frees, for what it asks for next; nothing changes but on glibc.

    By itself the C library hands large blocks back to the system, which clears them page by page when they are asked
    for anew: with the activations of a small network that can be a quarter of a step.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(MMAP_THRESHOLD, LARGEST_THRESHOLD)
        mallopt(TRIM_THRESHOLD, 2**31 - 1)


def peak_megabytes() -> float:
    """Largest resident set of this process so far, in MB (10^6 bytes); a block of seeds is one process."""
    if STATUS.exists():
        # Not getrusage, which on Linux counts the process that started this one too.
        return int(re.search(r"^VmHWM:\s+(\d+) kB", STATUS.read_text(), re.MULTILINE)[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # bytes on macOS


def says_out_of_memory(error: Exception) -> bool:
    """Whether an error is about too little memory, the GPU's or the machine's."""
    return isinstance(error, MemoryError) or OUT_OF_MEMORY.search(str(error)) is not None


@contextmanager
def enough_for(what: str, helps: str) -> Iterator[None]:
    """Turn an error of too little memory, the GPU's or the machine's, into a LadderError that says what helps."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not says_out_of_memory(error):
            raise
        asked = re.search(r"tried to allocate (\d[\d.]* \w+)", str(error), re.IGNORECASE)
        detail = f" ({asked[1]} more were asked for)" if asked else ""
        raise LadderError(f"{what}: out of memory{detail}; what helps is {helps}") from error


def says_what_helps(train: Callable) -> Callable:
    """Decorate a function of (variant, recipe, ...): where memory runs out its error names both and what helps."""

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
