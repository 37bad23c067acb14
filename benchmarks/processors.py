"""The change on another processor: the study again with one library after another limited to older instructions.

    PYTHONPATH=workflow python -m benchmarks.processors --cores 2 --config dataset=mnist_tiny

The arguments are snakemake's. Prints a Markdown table: for each environment the artifacts that differ from a run
without limits, the largest difference in the accuracy of a seed and of a rung (mean over seeds), and CPU seconds.
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
    """Return the digests of the promised files, accuracies by rung and seed, and CPU seconds of all training jobs."""
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
    """Return the rows of a table as dicts."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def differing(expected: dict[str, str], digests: dict[str, str]) -> str:
    """Return the stages with artifacts that differ; for training, the rungs."""
    names = (name.split("/") for name in expected if expected[name] != digests.get(name))
    return ", ".join(dict.fromkeys(parts[1] if parts[0] == "train" else parts[0] for parts in names)) or "none"


def means(accuracies: dict[tuple[str, str], float]) -> dict[str, float]:
    """Return rung to its mean over seeds."""
    by_rung: dict[str, list[float]] = {}
    for (rung, _), accuracy in accuracies.items():
        by_rung.setdefault(rung, []).append(accuracy)
    return {rung: fmean(values) for rung, values in by_rung.items()}


def largest(expected: dict, accuracies: dict) -> str:
    """Return the largest difference of accuracies, in points, and the seed or rung that has it."""
    key = max(expected, key=lambda key: abs(expected[key] - accuracies[key]))
    points = 100 * abs(expected[key] - accuracies[key])
    return f"{points:.2f} ({key if isinstance(key, str) else ' '.join(key)})" if points else "0"


def main(arguments: list[str]) -> None:
    """Run and print a row at a time."""
    print("| environment | artifacts that differ | accuracy of a seed, points | of a mean | CPU seconds |")
    print("|---|---|---|---|---|", flush=True)
    first = run({}, arguments)
    for environment in HOSTS:
        digests, accuracies, seconds = run(environment, arguments) if environment else first
        name = " ".join(f"{key}={value}" for key, value in environment.items()) or "as it is"
        cells = (
            differing(first[0], digests),
            largest(first[1], accuracies),
            largest(means(first[1]), means(accuracies)),
        )
        print(f"| `{name}` | {' | '.join(cells)} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
