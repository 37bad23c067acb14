"""Images in a tar or zip archive, read member by member: nothing is unpacked to disk."""

import bz2
import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from ladder.datasets.entry import Entry, locate
from ladder.errors import LadderError

# What the readers raise; RuntimeError is zipfile's for a password and for a compression it does not know.
BROKEN = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError)
# tarfile's own decompression takes a file that was cut off for a whole one; these raise.
OPENERS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}


def entries(location: str, train: str, valid: str) -> Iterator[Entry]:
    """Yield an archive's regular files and folders in its own order; each must be read before the next is taken."""
    folders = {"train": train, "valid": valid}
    with _sound(location):
        members = _zip_members if zipfile.is_zipfile(location) else _tar_members
        for path, read in members(location):
            yield locate(path, read, folders)


@contextmanager
def _sound(location: str) -> Iterator[None]:
    try:
        yield
    except BROKEN as error:
        raise LadderError(
            f"{location}: no whole tar or zip archive ({error}); delete it, and the next run fetches it again"
        ) from error


class _Member(tarfile.TarInfo):
    """A member of a tar archive, which must end as the format says, with a block of zeros, and nowhere else."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> tarfile.TarInfo:
        try:
            return super().fromtarfile(archive)
        except tarfile.EOFHeaderError:
            raise
        except tarfile.HeaderError as error:
            # tarfile takes these for the end of the archive.
            raise tarfile.ReadError(f"it ends too early or is damaged: {error}") from error


def _tar_members(location: str) -> Iterator[tuple]:
    with open(location, "rb") as file:
        start = file.read(5)
    opener = next((opener for magic, opener in OPENERS.items() if start.startswith(magic)), open)
    with opener(location, "rb") as stream, tarfile.open(fileobj=stream, mode="r|", tarinfo=_Member) as archive:
        while (member := archive.next()) is not None:
            if member.isdir():
                yield member.name, None
            elif member.isfile():
                yield member.name, partial(_read, location, archive.extractfile, member)
            # tarfile keeps every member it has seen; a stream needs none of them again.
            archive.members.clear()


def _zip_members(location: str) -> Iterator[tuple]:
    with zipfile.ZipFile(location) as archive:
        for member in archive.infolist():
            if member.is_dir():
                yield member.filename, None
            else:
                yield member.filename, partial(_read, location, archive.open, member)


def _read(location: str, opener: Callable, member: object) -> bytes:
    with _sound(location), opener(member) as stream:
        return stream.read()
