"""Run the study again in a fresh folder, and compare what is promised to be the same: `make verify`.

The arguments are those of the run that is verified, `--config dataset=mnist_tiny seeds=2` and the like.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ladder import checksums
from ladder.errors import LadderError

OWN = ("results", ".snakemake")  # of each working folder; the rest is shared


def verify(arguments: list[str]) -> str:
    """Verify the study of the working folder that `snakemake <arguments>` runs; return a sentence with what was equal.

    Raises LadderError where an artifact differs from what the study listed at its end, here or in a fresh run; the
    first one in the order of the stages is named.
    """
    if not list(Path("results").glob(f"*/{checksums.FILE}")):
        raise LadderError(f"results/<dataset>/{checksums.FILE}: none is there; run the study first, then verify it")
    with fresh_folder() as folder:
        again = run_again(folder, arguments)
        results = Path("results", again.name)
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
def fresh_folder() -> Iterator[Path]:
    """A temporary folder that is like the working folder but has no results: beside it, where relative paths hold."""
    here = Path.cwd()
    beside = here.parent if os.access(here.parent, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix=f"{here.name}-verify-", dir=beside, ignore_cleanup_errors=True) as name:
        for path in here.iterdir():
            if path.name not in OWN:
                Path(name, path.name).symlink_to(path)
        yield Path(name)


def run_again(folder: Path, arguments: list[str]) -> Path:
    """Run the study in `folder`, and return the folder of its results."""
    # What was downloaded is verified by its own checksum.
    downloads = [str(path.absolute()) for path in Path("results").glob("*/download")]
    archives = os.pathsep.join(filter(None, [os.getenv("LADDER_ARCHIVES"), *downloads]))
    command = [sys.executable, "-m", "snakemake", "--quiet=rules", *arguments]
    done = subprocess.run(command, cwd=folder, env=os.environ | {"LADDER_ARCHIVES": archives}, check=False)
    # By the file, since the exit status tells of rungs that failed too: they are compared as all others.
    found = list(folder.glob(f"results/*/{checksums.FILE}"))
    if not found:
        raise LadderError(f"the study did not run to its end again (exit status {done.returncode}); see above")
    return found[0].parent


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
