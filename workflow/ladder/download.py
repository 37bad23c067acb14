"""Find the archive of a dataset on this machine or download it, verify it, and put it in place whole."""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from http.client import BadStatusLine
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from ladder.config.sources import archive_name
from ladder.errors import LadderError
from ladder.formats.files import expanded, put, sha256_of

MIB = 1 << 20
TIMEOUT = 30  # seconds without a byte that end an attempt
PATIENCE, SLOWEST = 60, 1 << 10  # a download ends if it is slower than SLOWEST bytes a second after PATIENCE seconds
PIECE = 1 << 16  # most bytes read at a time
ATTEMPTS = 2  # retries on one address, after the first attempt
FASTAI_ARCHIVES = "~/.fastai/archive"


def download(
    sources: list[str],
    target: str,
    folders: Iterable[str] = (),
    sha256: str | None = None,
    size: int | None = None,
    md5_1mb: str | None = None,
) -> None:
    """Put the verified archive at `target`.

    The archive is looked for by name in `folders`, in the folders of the environment variable LADDER_ARCHIVES and in
    fastai's archive folder. Then `sources` (addresses and paths) are tried in order. An archive is verified by
    `sha256` if given, else by `size` (bytes) and `md5_1mb` (MD5 of the first MiB) together. Raises LadderError naming
    every place that was tried and why it failed.
    """
    expected = {"sha256": sha256} if sha256 else {"size": size, "md5_1mb": md5_1mb}
    name, failures = archive_name(sources), []
    for place in [*(str(folder / name) for folder in archive_folders(folders)), *sources]:
        with TemporaryDirectory(dir=Path(target).parent, prefix=".download-") as folder:
            partial = Path(folder) / name
            failure = _fetch(place, partial) or mismatch(partial, expected)
            if failure is None:
                print(f"download: {name} from {place}, verified by {' and '.join(expected)}")
                put(partial, Path(target))
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
    """Return the folders to search, in order: the config's, the folders of LADDER_ARCHIVES, fastai's."""
    environment = [folder for folder in os.environ.get("LADDER_ARCHIVES", "").split(os.pathsep) if folder]
    return [expanded(folder) for folder in (*folders, *environment, FASTAI_ARCHIVES)]


def mismatch(path: Path, expected: dict) -> str | None:
    """Return how a file differs from the expected one, as a phrase; None if the file is the expected one."""
    for kind, wanted in expected.items():
        measured = _MEASURES[kind](path)
        if measured != wanted:
            return f"{kind} is {measured}, not {wanted}"
    return None


def _fetch(place: str, target: Path) -> str | None:
    """Copy or download `place` to `target`; return why this failed, or None."""
    if urlsplit(place).scheme in ("http", "https", "ftp"):
        return _download(place, target)
    try:
        shutil.copyfile(expanded(place.removeprefix("file://")), target)
    except OSError as error:
        return error.strerror or str(error)
    return None


def _download(address: str, target: Path) -> str | None:
    import pooch  # imported here, since a copy found on this machine does not need it
    from requests import RequestException

    by_ftp = pooch.FTPDownloader(progressbar=True, timeout=TIMEOUT)
    # pooch gets no checksum: `mismatch` knows fastai's kind of checksum too, and names the checksum of the file.
    registry = pooch.create(
        target.parent, "", registry={target.name: None}, urls={target.name: address}, retry_if_failed=ATTEMPTS
    )
    try:
        registry.fetch(target.name, downloader=by_ftp if address.startswith("ftp:") else _by_http)
    except (RequestException, OSError, ValueError) as error:
        return _reason(error)
    return None


def _by_http(address: str, target: str, _registry: object) -> None:
    """Download as pooch's HTTPDownloader does, but give up on a server that sends almost nothing."""
    import requests
    from tqdm import tqdm

    # identity: the server must send the archive's own bytes, without compressing them.
    with requests.get(address, stream=True, timeout=TIMEOUT, headers={"Accept-Encoding": "identity"}) as response:
        response.raise_for_status()
        length = int(response.headers.get("Content-Length") or 0)
        with open(target, "wb") as file, tqdm(total=length or None, unit="B", unit_scale=True) as bar:
            try:
                for piece in _pieces(response.raw.read1):
                    bar.update(file.write(piece))
            except requests.exceptions.BaseHTTPError as error:
                # pooch retries after an error of requests, not after one of urllib3.
                raise requests.ConnectionError(error) from error


def _pieces(read: Callable[[int], bytes]) -> Iterator[bytes]:
    started, received = time.monotonic(), 0
    while piece := read(PIECE):
        received += len(piece)
        seconds = time.monotonic() - started
        if seconds > PATIENCE and received < SLOWEST * seconds:
            raise TimeoutError(f"fewer than {SLOWEST:,} bytes a second came for {PATIENCE} s")
        yield piece


def _reason(error: BaseException) -> str:
    """Return the message of the innermost cause: requests wraps urllib3's error, which wraps the system's error."""
    while (inner := _inner(error)) is not None:
        error = inner
    sentence = getattr(error, "strerror", None) or str(error).strip() or type(error).__name__
    if isinstance(error, BadStatusLine):
        sentence = f"the answer is not HTTP, {sentence!r}"
    return re.sub(r" \(_ssl\.c:\d+\)$", "", sentence)


def _inner(error: BaseException) -> BaseException | None:
    wrapped = [getattr(error, "reason", None), error.__cause__, *error.args]
    return next((cause for cause in wrapped if isinstance(cause, BaseException)), None)


def _md5_1mb(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.md5(file.read(MIB), usedforsecurity=False).hexdigest()


_MEASURES = {"sha256": sha256_of, "size": lambda path: path.stat().st_size, "md5_1mb": _md5_1mb}
