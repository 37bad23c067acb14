"""Run the study again in a fresh folder, and compare what is promised to be the same: `make verify`.

The arguments are those of the run that is verified, `--config dataset=mnist_tiny seeds=2` and the like.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ladder.errors import LadderError
from ladder.provenance import checksums
from ladder.runtime.invocation import PROJECT

OWN = ("results", ".snakemake")  # of each working folder; the rest is shared
SNAKEFILES = ("Snakefile", "snakefile", "workflow/Snakefile", "workflow/snakefile")  # where Snakemake looks for one


def verify(arguments: list[str]) -> str:
    """Verify the study that `snakemake <arguments>` runs when it is called here; return a sentence with what was equal.

    Raises LadderError where an artifact differs from what the study listed at its end, here or in a fresh run; the
    first one in the order of the stages is named.
    """
    here = _folder_of_results(arguments)
    if not list(here.glob(f"results/*/{checksums.FILE}")):
        listed = here / "results/<dataset>" / checksums.FILE
        raise LadderError(f"{listed}: none is there; run the study first, then verify it")
    with fresh_folder(here) as folder:
        again = run_again(folder, arguments)
        results = here / "results" / again.name
        listed, found = checksums.read(results), checksums.read(again)
    # Here files of former settings may lie beside those of the study.
    here = {name: digest for name, digest in checksums.digests(results).items() if name in listed}
    if name := checksums.difference(listed, here):
        raise LadderError(
            f"{results / name}: not as the study wrote it; run it again with "
            f"--forcerun {results / name.partition(' without ')[0]}, which makes it anew"
        )
    if name := checksums.difference(listed, found):
        raise LadderError(f"{results / name}: {_how(name, listed, found)}")
    return f"{results}: {len(listed)} artifacts, the same in a fresh run"


@contextmanager
def fresh_folder(here: Path | None = None) -> Iterator[Path]:
    """A temporary folder that is like `here`, by default the working folder, but has no results.

    It is beside it, where relative paths hold.
    """
    here = (here or Path()).absolute()
    beside = here.parent if os.access(here.parent, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix=f"{here.name}-verify-", dir=beside, ignore_cleanup_errors=True) as name:
        for path in here.iterdir():
            if path.name not in OWN:
                Path(name, path.name).symlink_to(path)
        yield Path(name)


def run_again(folder: Path, arguments: list[str]) -> Path:
    """Run the study in `folder`, and return the folder of its results."""
    # What was downloaded is verified by its own checksum.
    downloads = [str(path.absolute()) for path in _folder_of_results(arguments).glob("results/*/download")]
    archives = os.pathsep.join(filter(None, [os.getenv("LADDER_ARCHIVES"), *downloads]))
    # The study may be run from another folder than this project's.
    has_own = any(Path(name).exists() for name in SNAKEFILES) or _option("--snakefile", "-s", arguments)
    which = [] if has_own else ["--snakefile", str(PROJECT / "Snakefile")]
    # Called here too, where the paths among the arguments hold; of two --directory the last counts.
    command = [sys.executable, "-m", "snakemake", "--quiet=rules", *which, *arguments, "--directory", str(folder)]
    done = subprocess.run(command, env=os.environ | {"LADDER_ARCHIVES": archives}, check=False)
    # By the file, since the exit status tells of rungs that failed too: they are compared as all others.
    found = list(folder.glob(f"results/*/{checksums.FILE}"))
    if not found:
        raise LadderError(f"the study did not run to its end again (exit status {done.returncode}); see above")
    return found[0].parent


def _folder_of_results(arguments: list[str]) -> Path:
    return _option("--directory", "-d", arguments) or Path()


def _option(long: str, short: str, arguments: list[str]) -> Path | None:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument(long, short, type=Path, dest="value")
    return parser.parse_known_args(arguments)[0].value


def _how(name: str, listed: dict[str, str], found: dict[str, str]) -> str:
    if name not in found:
        return "a fresh run has no such artifact; was the study run with other settings than these?"
    if name not in listed:
        return "only a fresh run has this artifact; was the study run with other settings than these?"
    return "differs in a fresh run, the first that does in the order of the stages"


def main(arguments: list[str]) -> None:
    """Verify, and end with one sentence."""
    try:
        print(verify(arguments))
    except LadderError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted")


if __name__ == "__main__":
    main(sys.argv[1:])
