"""Versions of what a study runs on."""

import platform
from importlib import metadata

PACKAGES = ("torch", "torchvision", "fastai", "snakemake", "numpy", "pandas", "pillow", "scikit-learn", "matplotlib")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages whose change may change a number, as far as they are installed."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # with --sdm conda a stage has only what it needs
            continue
    return found
