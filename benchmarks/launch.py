"""Run a command from a small process, and write its cost: python launch.py <file for the answer> <command> ...

On Linux the peak memory of a process begins at that of its parent, and the benchmark's own process is large.
"""

import json
import os
import subprocess
import sys
import time

started = time.perf_counter()
process = subprocess.Popen(sys.argv[2:])
_, status, used = os.wait4(process.pid, 0)
seconds = time.perf_counter() - started
process.returncode = os.waitstatus_to_exitcode(status)
unit = 1 if sys.platform == "darwin" else 1024  # bytes in a unit of ru_maxrss
answer = {
    "seconds": seconds,
    "cpu_seconds": used.ru_utime + used.ru_stime,
    "peak_bytes": used.ru_maxrss * unit,
}
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(answer, file)
sys.exit(process.returncode)
