import os
import subprocess
import sys

SCRIPT = """
import numpy
from ladder.memory import peak_megabytes
before = peak_megabytes()
numpy.ones(40_000_000)  # 320 MB, for a moment
print(peak_megabytes() - before)
"""


def test_the_peak_counts_what_was_needed_for_a_moment():
    # In a process of its own: this one may have needed more already.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    printed = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, text=True, capture_output=True, check=True
    )
    assert 300 < float(printed.stdout) < 340
