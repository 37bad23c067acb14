"""The fingerprint of a file or folder of images: while it stays the same, the tensors fit the images.

A fingerprint depends on the paths and contents of the files, and on nothing else. To read all files at every start
would take long, so a manifest remembers them. It maps the stamp of a file, a digest of its path, size, times and inode,
to the digest of its path and content. A file whose stamp is unknown is read. The times include the time of the inode's
last change (ctime), which no program can set, so a copy that keeps the times of its files has other stamps.
"""

import os
import sqlite3
import stat
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from hashlib import blake2b, sha256
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from ladder.errors import LadderError
from ladder.formats.files import atomic, expanded, sha256_of
from ladder.images.entry import is_hidden

# Nanoseconds. A file that changed so shortly before it is read could change again and keep its times: a file system may
# count time in steps of two seconds, and the clock of its server may differ from ours. So the file is read again next
# time.
MARGIN = 10 * 10**9
BATCH = 1024  # files that are looked up together; the unknown ones among them are read together
THREADS = 8  # threads that read files: a disk or a server answers several requests in the time of one
PIECE = 1 << 20  # bytes of a file that are read at a time
SIZE = 16  # bytes of a digest
SECONDS_A_LINE = 10.0  # seconds between two lines of progress


class File(NamedTuple):
    """A file or folder.

    path   path from the location on, so a copy elsewhere has the same path; the path of a folder ends with a slash
    place  path at which the file is read
    about  size, times and inode of a file; None for anything that is no file
    """

    path: str
    place: str
    about: os.stat_result | None


class Digests(NamedTuple):
    """The stamp of a file, the digest of its path and content, and whether that stamp will stand for that content."""

    stamp: bytes
    content: bytes
    holds: bool = True


def refuse_missing(location: str) -> None:
    """Raise LadderError if nothing is at `location`; `~` is the home folder."""
    if not expanded(location).exists():
        raise LadderError(f"{location}: no such file or folder; `path` of the dataset names where its images are")


def fingerprint(location: str, manifest: Path, options: object = (), verify: bool = False) -> str:
    """Return a digest of the paths and contents of all files at or below `location`, and of the paths of its folders.

    manifest  file that remembers the contents; a missing or damaged one is made anew if it can be written
    options   settings of the data set; a hidden file or folder counts only if they have its name
    verify    whether all files are read, not only the files that changed

    A link counts as its target. An unreadable file counts as unreadable, an unreadable folder as empty.
    """
    files = partial(_files, str(expanded(location)), _names_in(options))
    with closing(_Manifest(None if verify else manifest)) as known:
        if content := known.content_of_all(files()):
            return content.hex()
        try:
            with atomic(manifest) as part:
                return _content_of_all(_digests(files(), known), partial(_write, part)).hex()
        except (LadderError, OSError, sqlite3.Error):  # no manifest can be written here
            return _content_of_all(_digests(files(), known), partial(deque, maxlen=0)).hex()


def fingerprint_of_file(path: str) -> str:
    """Return the digest of the content of one small file, which is read at every call."""
    return sha256_of(expanded(path))


class _Manifest:
    """The manifest of the last call; empty without a file. The file is never changed, so readers need no lock."""

    def __init__(self, path: Path | None) -> None:
        self._table = None
        with suppress(sqlite3.Error):
            self._table = path and sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)

    def content(self, stamp: bytes) -> bytes | None:
        """Return the digest of a file's path and content, or None if it must be read."""
        try:
            row = self._table and self._table.execute("SELECT content FROM file WHERE stamp = ?", (stamp,)).fetchone()
        except sqlite3.Error:
            return None
        return row[0] if row and isinstance(row[0], bytes) and len(row[0]) == SIZE else None

    def content_of_all(self, files: Iterator[File]) -> bytes | None:
        """Return the digest of all contents, or None if some file must be read."""
        return self.content(_sum(map(_stamp, files))) if self._table else None

    def close(self) -> None:
        if self._table:
            self._table.close()


def _write(path: Path, rows: Iterator[tuple[bytes, bytes]]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as table:
        # The file is renamed into its place when it is whole, so it needs no journal.
        table.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536; BEGIN")
        table.execute("CREATE TABLE file (stamp BLOB PRIMARY KEY, content BLOB) WITHOUT ROWID")
        table.executemany("INSERT OR REPLACE INTO file VALUES (?, ?)", rows)
        table.execute("COMMIT")


def _content_of_all(files: Iterator[Digests], keep: Callable[[Iterator[tuple[bytes, bytes]]], object]) -> bytes:
    """Return the sum of all contents. `keep` gets the rows of the manifest, and must take all of them.

    The last row has the sum of all stamps, by which the next call knows that nothing changed.
    """
    stamps = contents = 0
    hold = True

    def rows() -> Iterator[tuple[bytes, bytes]]:
        nonlocal stamps, contents, hold
        for file in files:
            stamps += int.from_bytes(file.stamp)
            contents += int.from_bytes(file.content)
            hold = hold and file.holds
            if file.holds:
                yield file.stamp, file.content
        if hold:
            yield _bytes(stamps), _bytes(contents)

    keep(rows())
    return _bytes(contents)


def _files(top: str, named: frozenset[str]) -> Iterator[File]:
    """Yield all files and folders at or below `top`, links followed; a hidden one only if its name is in `named`."""
    status = Path(top).stat()
    if not stat.S_ISDIR(status.st_mode):
        yield File("", top, status)
        return
    pending: list[tuple[str, str, tuple]] = [(top, "", ())]
    while pending:
        folder, path, around = pending.pop()
        try:
            status = Path(folder).stat()
            children = os.scandir(folder)
        except OSError:
            continue
        if (status.st_dev, status.st_ino) in around:  # a link to a folder that it lies in
            continue
        around = (*around, (status.st_dev, status.st_ino))
        with children:
            for child in children:
                if not is_hidden(child.name) or child.name in named:
                    file = _file(child, path + child.name)
                    if file.path.endswith("/"):
                        pending.append((file.place, file.path, around))
                    yield file


def _file(child: os.DirEntry, path: str) -> File:
    try:
        about = child.stat()  # follows a link
    except OSError:
        return File(f"{path}\0leads nowhere", child.path, None)
    if stat.S_ISREG(about.st_mode):
        return File(path, child.path, about)
    # A pipe or device is not opened, since reading might wait for ever.
    return File(f"{path}/" if stat.S_ISDIR(about.st_mode) else f"{path}\0is no file", child.path, None)


def _names_in(options: object) -> frozenset[str]:
    """Return the names in all paths that settings hold, at any depth."""
    if isinstance(options, str):
        return frozenset(options.split("/"))
    children = options.values() if isinstance(options, dict) else options if isinstance(options, list | tuple) else ()
    return frozenset().union(*map(_names_in, children))


def _digests(files: Iterator[File], known: _Manifest) -> Iterator[Digests]:
    """Yield the digests of all files, in any order. Files whose stamps are unknown are read."""
    began, spoke, count = time.time_ns(), time.monotonic(), 0
    with ThreadPoolExecutor(THREADS) as pool:
        while batch := list(islice(files, BATCH)):
            unknown = []
            for file in batch:
                stamp = _stamp(file)
                if content := stamp if file.about is None else known.content(stamp):
                    yield Digests(stamp, content)
                else:
                    unknown.append((file, stamp))
            shares = filter(None, (unknown[first::THREADS] for first in range(THREADS)))
            for share in pool.map(lambda share: [_read(*file, began) for file in share], shares):
                yield from share
            count += len(unknown)
            if unknown and time.monotonic() - spoke > SECONDS_A_LINE:
                print(f"images: {count:,} files read that are new or changed", file=sys.stderr)
                spoke = time.monotonic()


def _read(file: File, stamp: bytes, began: int) -> Digests:
    """Read a file. Its stamp was taken before, so a change during the reading gives the file another stamp."""
    digest, about = sha256(), file.about
    try:
        descriptor = os.open(file.place, os.O_RDONLY)
        try:
            while piece := os.read(descriptor, min(about.st_size + 1, PIECE)):
                digest.update(piece)
        finally:
            os.close(descriptor)
    except OSError:
        return Digests(stamp, _digest(f"{file.path}\0cannot be read"), holds=False)
    holds = all(abs(began - moment) > MARGIN for moment in (about.st_mtime_ns, about.st_ctime_ns))
    return Digests(stamp, _digest(f"{file.path}\0{digest.hexdigest()}"), holds)


def _stamp(file: File) -> bytes:
    if (about := file.about) is None:
        return _digest(file.path)
    return _digest(f"{file.path}\0{about.st_size} {about.st_mtime_ns} {about.st_ctime_ns} {about.st_ino}")


def _digest(text: str) -> bytes:
    return blake2b(os.fsencode(text), digest_size=SIZE).digest()


def _sum(digests: Iterable[bytes]) -> bytes:
    """Return the sum of digests. It does not depend on the order in which the system lists the files.

    Files with the same sum could be made on purpose, but would deceive only their owner.
    """
    return _bytes(sum(map(int.from_bytes, digests)))


def _bytes(total: int) -> bytes:
    return (total % (1 << 8 * SIZE)).to_bytes(SIZE)
