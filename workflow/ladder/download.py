"""The archive of a dataset: found on this machine or downloaded, verified, and put in place whole."""

import hashlib
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from ladder.errors import LadderError
from ladder.files import expanded, sha256_of

MIB = 1 << 20
TIMEOUT = 30  # seconds without a byte
ATTEMPTS = 2  # after the first, on one address
NAME = r"\w[\w.+%~ -]{0,199}"  # of an archive: no folder, and nothing that Snakemake takes for a wildcard
FASTAI_ARCHIVES = "~/.fastai/archive"


def archive_name(sources: list[str]) -> str:
    """File name of the archive: that of its first source."""
    return urlsplit(sources[0]).path.rpartition("/")[2]


def problem_of_name(source: str) -> str | None:
    """Say why the first source gives no name for the archive's file; None if it does."""
    try:
        name = archive_name([source])
    except ValueError as error:
        return f"{source!r} is no address ({error})"
    if re.fullmatch(NAME, name):
        return None
    return f"{source!r} ends in {name!r}, which is no name for the archive; it must end in one like digits.tgz"


def download(
    sources: list[str],
    target: str,
    folders: Iterable[str] = (),
    sha256: str | None = None,
    size: int | None = None,
    md5_1mb: str | None = None,
) -> None:
    """Put the verified archive at `target`.

    It is looked for by name in `folders`, in those of the environment variable LADDER_ARCHIVES and in fastai's own;
    then `sources` (addresses and paths) are tried in order. `sha256` decides where it is given, else `size` (bytes)
    and `md5_1mb` (MD5 of the first MiB) together. Raises LadderError naming all that was tried and why it failed.
    """
    expected = {"sha256": sha256} if sha256 else {"size": size, "md5_1mb": md5_1mb}
    name, failures = archive_name(sources), []
    for place in [*(str(folder / name) for folder in archive_folders(folders)), *sources]:
        with TemporaryDirectory(dir=Path(target).parent, prefix=".download-") as folder:
            partial = Path(folder) / name
            failure = _fetch(place, partial) or mismatch(partial, expected)
            if failure is None:
                print(f"download: {name} from {place}, verified by {' and '.join(expected)}")
                partial.replace(target)
                return
        failures.append(f"  {place}: {failure}")
        print(f"download: {failures[-1].strip()}")
    raise LadderError(
        f"{name}: no copy of the archive and no source that works. Tried were\n"
        + "\n".join(failures)
        + f"\nTwo ways on: put {name} into {next(iter(folders), Path(FASTAI_ARCHIVES))} or any folder named by "
        "LADDER_ARCHIVES, or study the digits bundled with scikit-learn: snakemake --config dataset=digits"
    )


def archive_folders(folders: Iterable[str]) -> list[Path]:
    """Folders to look in, in order: the config's, those of LADDER_ARCHIVES, fastai's."""
    environment = [folder for folder in os.environ.get("LADDER_ARCHIVES", "").split(os.pathsep) if folder]
    return [expanded(folder) for folder in (*folders, *environment, FASTAI_ARCHIVES)]


def mismatch(path: Path, expected: dict) -> str | None:
    """Say in which respect a file is not the expected one; None if it is."""
    for kind, wanted in expected.items():
        found = _MEASURES[kind](path)
        if found != wanted:
            return f"{kind} is {found}, not {wanted}"
    return None


def _fetch(place: str, target: Path) -> str | None:
    """Copy or download `place` to `target`; return why that failed."""
    if urlsplit(place).scheme in ("http", "https", "ftp"):
        return _download(place, target)
    try:
        shutil.copyfile(expanded(place.removeprefix("file://")), target)
    except OSError as error:
        return error.strerror or str(error)
    return None


def _download(address: str, target: Path) -> str | None:
    import pooch  # here, because a copy found on this machine needs none of it
    from requests import RequestException

    # identity: the archive's own bytes, not what a server may make of them.
    progress = pooch.HTTPDownloader(progressbar=True, timeout=TIMEOUT, headers={"Accept-Encoding": "identity"})
    if address.startswith("ftp:"):
        progress = pooch.FTPDownloader(progressbar=True, timeout=TIMEOUT)
    # No checksum here: `mismatch` knows fastai's kind too, and says what it found.
    registry = pooch.create(
        target.parent, "", registry={target.name: None}, urls={target.name: address}, retry_if_failed=ATTEMPTS
    )
    try:
        registry.fetch(target.name, downloader=progress)
    except (RequestException, OSError, ValueError) as error:
        return _reason(error)
    return None


def _reason(error: BaseException) -> str:
    """The innermost cause: `requests` wraps `urllib3`, which wraps the operating system's own words."""
    while (inner := _inner(error)) is not None:
        error = inner
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _inner(error: BaseException) -> BaseException | None:
    wrapped = [getattr(error, "reason", None), error.__cause__, *error.args]
    return next((cause for cause in wrapped if isinstance(cause, BaseException)), None)


def _md5_1mb(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.md5(file.read(MIB), usedforsecurity=False).hexdigest()


_MEASURES = {"sha256": sha256_of, "size": lambda path: path.stat().st_size, "md5_1mb": _md5_1mb}
