"""Run a command from a small process, and write what it cost: python launch.py <file for the answer> <command> ...

Linux starts the peak memory of a process with that of the process that began it, and the benchmark's own is large.
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
unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss
answer = {
    "seconds": seconds,
    "cpu_seconds": used.ru_utime + used.ru_stime,
    "peak_bytes": used.ru_maxrss * unit,
}
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(answer, file)
sys.exit(process.returncode)
