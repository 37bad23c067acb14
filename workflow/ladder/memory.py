"""How much memory a job has needed."""

import re
import resource
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_megabytes() -> float:
    """Largest resident set of this process so far, in MB (10^6 bytes); a block of seeds is one process."""
    if STATUS.exists():
        # Not getrusage, which on Linux counts the process that started this one too.
        return int(re.search(r"^VmHWM:\s+(\d+) kB", STATUS.read_text(), re.MULTILINE)[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # bytes on macOS
