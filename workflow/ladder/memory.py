"""How much memory a job has needed."""

import resource
import sys


def peak_megabytes() -> float:
    """Largest resident set of this process so far, in MB (10^6 bytes); a block of seeds is one process."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6  # bytes on macOS, KiB on Linux
