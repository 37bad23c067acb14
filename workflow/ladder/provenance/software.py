"""The versions of the software that may change a result."""

import platform
from contextlib import suppress
from importlib import metadata

from ladder.provenance import declared

# Packages of the library. A trainer that needs another package says so by its constant PACKAGES.
PACKAGES = ("torch", "torchvision", "snakemake", "numpy", "pandas", "pillow", "scikit-learn", "matplotlib")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the installed packages, of PACKAGES and of all trainers."""
    installed = {"python": platform.python_version()}
    for name in dict.fromkeys([*PACKAGES, *declared.words_of_all("trainers", "PACKAGES")]):
        with suppress(metadata.PackageNotFoundError):  # with --sdm conda a stage has only the packages that it uses
            installed[name] = metadata.version(name)
    return installed
