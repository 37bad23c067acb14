"""Give the conda environments the versions of the lock: rewrites the pins in envs/*.yaml, and nothing else in them."""

import re
from pathlib import Path

ENVS = Path(__file__).resolve().parent
PYTHON = "3.12"  # the python of envs/*.yaml; the lock may name other versions for older ones


def locked_versions(lock: str) -> dict[str, str]:
    """Return package to version of a lock, as Python 3.12 installs it on Linux."""
    entry = re.compile(r"^(?P<name>[a-z0-9._-]+)(\[.*?\])?==(?P<version>[^ ;]+)( ; (?P<marker>.*?))? \\$", re.MULTILINE)
    return {
        match["name"]: match["version"]
        for match in entry.finditer(lock)
        if f"python_full_version < '{PYTHON}'" not in (match["marker"] or "")
    }


def pinned(environment: str, versions: dict[str, str]) -> str:
    """Return the text of an environment with each `name==version` at the lock's version."""
    return re.sub(r"- ([a-z0-9-]+)==\S+", lambda match: f"- {match[1]}=={versions[match[1]]}", environment)


if __name__ == "__main__":
    versions = locked_versions((ENVS / "requirements.lock").read_text())
    for path in sorted(ENVS.glob("*.yaml")):
        path.write_text(pinned(path.read_text(), versions))
