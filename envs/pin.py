"""Give the conda environments the versions of the lock: rewrites the pins in envs/*.yaml, and nothing else of them."""

import re
from pathlib import Path

ENVS = Path(__file__).resolve().parent
PYTHON = "3.12"  # the python of envs/*.yaml; the lock may name other versions for older ones


def locked_versions(lock: str) -> dict[str, str]:
    """Versions of a lock by package, of those that Python 3.12 gets on Linux."""
    entry = re.compile(r"^(?P<name>[a-z0-9._-]+)(\[.*?\])?==(?P<version>[^ ;]+)( ; (?P<marker>.*?))? \\$", re.MULTILINE)
    return {
        found["name"]: found["version"]
        for found in entry.finditer(lock)
        if f"python_full_version < '{PYTHON}'" not in (found["marker"] or "")
    }


def pinned(environment: str, versions: dict[str, str]) -> str:
    """The text of an environment with each `name==version` at the lock's version."""
    return re.sub(r"- ([a-z0-9-]+)==\S+", lambda found: f"- {found[1]}=={versions[found[1]]}", environment)


if __name__ == "__main__":
    versions = locked_versions((ENVS / "requirements.lock").read_text())
    for path in sorted(ENVS.glob("*.yaml")):
        path.write_text(pinned(path.read_text(), versions))
