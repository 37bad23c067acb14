# Lists that the stages share. The rules file of each stage adds its own entries.

from collections.abc import Callable
from itertools import product
from types import SimpleNamespace

# Files that a figure or the report may ask for. A name is that of a parameter of the function that uses the file.
ARTIFACTS: dict[str, str | list[str]] = {}
# Functions that list the jobs of a rule, like `jobs_of`. They are called late, since the code of a job is read only for
# the report's provenance.
JOBS = []
# The promised files, which are the same in every run, in the order of their list (ladder/provenance/checksums.py). A path
# is an input of the report. A function returns files that are too many for inputs of the report.
LISTED: list[str | Callable[[], list[str]]] = []


def jobs_of(rule: str, costs: str | None = None, **wildcards) -> list[dict]:
    """List the jobs of a rule, one for every combination of the values of its wildcards.

    A job has its outputs, and the files that tell its resources and its machine: its benchmark, its table `costs`, and
    its log, beside which its record lies.
    """
    declared = getattr(rules, rule)
    patterns = {"benchmark": str(declared.benchmark), "log": str(declared.log[0]), "costs": costs and str(costs)}
    outputs = [str(path) for path in declared.output]
    code = getattr(declared.params, "code", lambda _: source_code.code_digest(rule))
    lists = [[values] if isinstance(values, str) else values for values in wildcards.values()]
    variant = wildcards.get("variant", wildcards.get("swept") if costs else None)
    return [
        {
            "rule": rule,
            "variant": variant,
            "code": code(SimpleNamespace(**values)),
            **{name: pattern and pattern.format(**values) for name, pattern in patterns.items()},
            "outputs": [path.format(**values) for path in outputs],
        }
        for values in (dict(zip(wildcards, combination)) for combination in product(*lists))
    ]


def caption_of(figure: str) -> str:
    return Path(f"{LIBRARY}/report/{figure}.rst").read_text(encoding="utf-8").strip()
