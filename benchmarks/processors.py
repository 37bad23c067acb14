"""What another processor would change: the study again with libraries held to older instructions, one after another.

    PYTHONPATH=workflow python -m benchmarks.processors --cores 2 --config dataset=mnist_tiny

The arguments are snakemake's. Prints a Markdown table: by environment the artifacts that differ from those of the
processor as it is, by how much the accuracy of single seeds and of rungs (means over seeds) differs, and CPU seconds.
"""

import csv
import os
import subprocess
import sys
from pathlib import Path
from statistics import fmean

from ladder.machine.reproducibility import STRICT
from ladder.provenance import checksums
from ladder.provenance.verify import fresh_folder

HOSTS = (
    {},
    {"ATEN_CPU_CAPABILITY": "avx512"},
    {"ATEN_CPU_CAPABILITY": "avx2"},
    {"ATEN_CPU_CAPABILITY": "default"},
    {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE"},
    {"ONEDNN_MAX_CPU_ISA": "AVX2"},
    {"ONEDNN_MAX_CPU_ISA": "SSE41"},
    {"MKL_CBWR": "AVX2"},
    {"MKL_CBWR": "COMPATIBLE"},
    {"OPENBLAS_CORETYPE": "Haswell"},
    {"NPY_DISABLE_CPU_FEATURES": STRICT["NPY_DISABLE_CPU_FEATURES"]},
    STRICT,
)


def run(environment: dict[str, str], arguments: list[str]) -> tuple[dict, dict, float]:
    """Digests of what is promised, accuracies by rung and seed, and CPU seconds of all training jobs."""
    with fresh_folder() as folder:
        command = [sys.executable, "-m", "snakemake", "--quiet=all", *arguments]
        subprocess.run(command, cwd=folder, env=os.environ | environment, check=True, stdout=sys.stderr)
        (results,) = folder.glob("results/*")
        metrics = rows(results / "evaluate/metrics.csv")
        accuracies = {
            (row["variant"], row["seed"]): float(row["value"]) for row in metrics if row["metric"] == "accuracy"
        }
        spent = (max(float(row["cpu_seconds"]) for row in rows(path)) for path in results.glob("train/*/*/costs.csv"))
        return checksums.digests(results), accuracies, sum(spent)


def rows(path: Path) -> list[dict]:
    """A table as a dict a row."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def differing(one: dict[str, str], other: dict[str, str]) -> str:
    """Artifacts that differ, by stage, of trained rungs by rung."""
    names = (name.split("/") for name in one if one[name] != other.get(name))
    return ", ".join(dict.fromkeys(parts[1] if parts[0] == "train" else parts[0] for parts in names)) or "none"


def means(accuracies: dict[tuple[str, str], float]) -> dict[str, float]:
    """Mean over seeds by rung."""
    return {rung: fmean(v for (of, _), v in accuracies.items() if of == rung) for rung, _ in accuracies}


def largest(one: dict, other: dict) -> str:
    """The largest difference of accuracies, in points, and of what."""
    key = max(one, key=lambda key: abs(one[key] - other[key]))
    points = 100 * abs(one[key] - other[key])
    return f"{points:.2f} ({key if isinstance(key, str) else ' '.join(key)})" if points else "0"


def main(arguments: list[str]) -> None:
    """Run and print a row at a time."""
    print("| environment | artifacts that differ | accuracy of a seed, points | of a mean | CPU seconds |")
    print("|---|---|---|---|---|", flush=True)
    expected, accuracies, _ = first = run({}, arguments)
    for environment in HOSTS:
        digests, found, seconds = run(environment, arguments) if environment else first
        name = " ".join(f"{key}={value}" for key, value in environment.items()) or "as it is"
        cells = (differing(expected, digests), largest(accuracies, found), largest(means(accuracies), means(found)))
        print(f"| `{name}` | {' | '.join(cells)} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
