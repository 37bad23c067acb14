"""Verification of a study (`make verify`): run the study again in a fresh folder, and compare the promised files.

The arguments are the arguments of the verified run, such as `--config dataset=mnist_tiny seeds=2`. With
`--conclusions PATH` nothing is run: PATH is the summary.json of a study made elsewhere, whose conclusions are compared
with those of the study here.
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
from ladder.provenance import checksums, conclusions, summaries
from ladder.runtime.invocation import PROJECT

OWN = ("results", ".snakemake")  # folders that each working folder has for itself; links share the rest
SNAKEFILES = ("Snakefile", "snakefile", "workflow/Snakefile", "workflow/snakefile")  # where Snakemake looks for one


def verify(arguments: list[str]) -> str:
    """Verify the study that `snakemake <arguments>` runs when called here; return a sentence about the equal artifacts.

    Raises LadderError if an artifact, here or in a fresh run, differs from the list that the study wrote at its end.
    The error names the first such artifact in the order of the stages.
    """
    here = _folder_of_results(arguments)
    if not list(here.glob(f"results/*/{checksums.FILE}")):
        listed = here / "results/<dataset>" / checksums.FILE
        raise LadderError(f"{listed}: no such file; run the study first, then verify it")
    with fresh_folder(here) as folder:
        again = run_again(folder, arguments)
        results = here / "results" / again.name
        listed, fresh = checksums.read(results), checksums.read(again)
    if name := checksums.difference(listed, checksums.digests(results)):
        raise LadderError(
            f"{results / name}: not as the study wrote it; run it again with "
            f"--forcerun {results / name.partition(' without ')[0]}, which makes it anew"
        )
    if name := checksums.difference(listed, fresh):
        raise LadderError(f"{results / name}: {_how(name, listed, fresh)}")
    return f"{results}: {len(listed)} artifacts, the same in a fresh run"


@contextmanager
def fresh_folder(here: Path | None = None) -> Iterator[Path]:
    """Yield a temporary folder like `here`, by default the working folder, but without results.

    The folder lies beside `here`, if that can be written, so that relative paths still hold.
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
    # The downloaded archive is used again, as its own checksum verifies it.
    downloads = [str(path.absolute()) for path in _folder_of_results(arguments).glob("results/*/download")]
    archives = os.pathsep.join(filter(None, [os.getenv("LADDER_ARCHIVES"), *downloads]))
    # The study may be run from another folder than this project's.
    has_own = any(Path(name).exists() for name in SNAKEFILES) or _option("--snakefile", "-s", arguments)
    which = [] if has_own else ["--snakefile", str(PROJECT / "Snakefile")]
    # Snakemake is called in this folder, so that paths in the arguments hold. If --directory is given twice, the last
    # one counts.
    command = [sys.executable, "-m", "snakemake", "--quiet=rules", *which, *arguments, "--directory", str(folder)]
    done = subprocess.run(command, env=os.environ | {"LADDER_ARCHIVES": archives}, check=False)
    # The file shows that the study came to its end. The exit status does not: failed rungs change it too, and failed
    # rungs are compared like all others.
    lists = list(folder.glob(f"results/*/{checksums.FILE}"))
    if not lists:
        raise LadderError(f"the study did not run to its end again (exit status {done.returncode}); see above")
    return lists[0].parent


def _folder_of_results(arguments: list[str]) -> Path:
    return _option("--directory", "-d", arguments) or Path()


def _option(long: str, short: str, arguments: list[str]) -> Path | None:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument(long, short, type=Path, dest="value")
    return parser.parse_known_args(arguments)[0].value


def _how(name: str, listed: dict[str, str], fresh: dict[str, str]) -> str:
    if name not in fresh:
        return "a fresh run has no such artifact; was the study run with other settings than these?"
    if name not in listed:
        return "only a fresh run has this artifact; was the study run with other settings than these?"
    return "differs in a fresh run, the first artifact that does in the order of the stages"


def compare(path: str, arguments: list[str]) -> bool:
    """Print how the conclusions in the summary.json at `path` compare with the conclusions of the study here.

    arguments  of the call of snakemake that ran the study here

    Returns whether no pair of rungs is better in one study and worse in the other. Raises LadderError if one of the
    two studies is not there.
    """
    if not path:
        raise LadderError(f"--conclusions: names no file; name {summaries.FILE} of a study made elsewhere")
    here = summaries.of_study_here(arguments, _folder_of_results(arguments))
    text, holds = conclusions.compare(summaries.read(here), summaries.read(path))
    print(text)
    return holds


def main(arguments: list[str]) -> None:
    """Verify, and print one sentence or exit with it. With --conclusions the exit status is 1 if a pair flips."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--conclusions", nargs="?", const="")
    call, of_study = parser.parse_known_args(arguments)
    try:
        if call.conclusions is not None:
            sys.exit(0 if compare(call.conclusions, of_study) else 1)
        print(verify(arguments))
    except LadderError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted")


if __name__ == "__main__":
    main(sys.argv[1:])
