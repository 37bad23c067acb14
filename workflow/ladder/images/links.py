"""Links of an archive, as what they lead to in the archive itself.

A folder's links are followed by the system. An archive is a stream, in which the target may come before the link or
after it: the links are noted while all else is read, and then the archive is read once more, for their targets. They
are noted in a database on disk, since an archive may have as many links as images.
"""

import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from typing import NoReturn

from ladder.errors import LadderError
from ladder.images.entry import HARD_LINK, Link, plain, printable, refuse_kind

Members = Iterator[tuple[str, Callable[..., bytes] | None]]
MOST_STEPS = 40  # from link to link, as Linux has it
SMALLEST = 4096  # bytes that what is read through a link counts as, at least, against the bound on an archive


class Alias:
    """A link as it lies in an archive; reading it raises LadderError.

    kind    S_IFLNK of `stat`, whose target is a path from the link's folder on, or HARD_LINK, whose is a member's
    target  returns it
    """

    def __init__(self, name: str, kind: int, target: Callable[[], str]) -> None:
        self.target, self.is_hard = target, kind == HARD_LINK
        self._refuse = partial(refuse_kind, name, kind)

    def __call__(self, head: int | None = None) -> bytes:
        return self._refuse() if head is None else b""


def resolved(members: Callable[[], Members], check: Callable[[int], None]) -> Members:
    """Members of an archive without its links, and then what these lead to, by the links' names.

    members  reads the archive, from its beginning at every call; the last yielded may be read until the next is taken
    check    is told of at least how many bytes are read through links so far

    A link that leads out of the archive, to nothing in it, or in a circle is a `Link`, which says so when it is read.
    Raises LadderError for a folder that is in itself by two links or more.
    """
    links = None
    for name, read in members():
        if isinstance(read, Alias):
            links = links or _Links(check)
            links.add(name, read)
        else:
            yield name, read
    if links is not None:
        links.resolve()
        yield from links.followed(members())
        yield from links.broken()


class _Links:
    """The links of an archive: name, path, target, the path of what that is in the end, and why there is none."""

    def __init__(self, check: Callable[[int], None]) -> None:
        self._check = check
        self._db = sqlite3.connect("")  # a temporary file
        self._db.execute(
            "CREATE TABLE link (number INTEGER PRIMARY KEY, path, target, shown, real, why, used DEFAULT 0)"
        )

    def add(self, name: str, alias: Alias) -> None:
        target, path = alias.target(), "/".join(plain(name))
        within = _within("" if alias.is_hard else path.rpartition("/")[0], target)
        row = (*map(_stored, (path, within, target)), "which is outside the archive" if within is None else None)
        self._db.execute("INSERT INTO link (path, target, shown, why) VALUES (?, ?, ?, ?)", row)

    def resolve(self) -> None:
        """Find what each link leads to in the end, through other links."""
        self._db.execute("CREATE INDEX by_path ON link (path)")
        for number, path, target in self._db.execute("SELECT number, path, target FROM link WHERE why IS NULL"):
            real, why = self._real(_text(target)), None
            if real is None:
                why = "which leads out of the archive or in a circle"
            elif real == "" or f"{_text(path)}/".startswith(f"{real}/"):
                why = "a folder that it lies in itself"
            self._db.execute(
                "UPDATE link SET real = ?, why = ? WHERE number = ?", (real and _stored(real), why, number)
            )
        self._db.execute("CREATE INDEX by_real ON link (real)")

    def followed(self, members: Members) -> Members:
        """What is read through the links, in the order of the archive."""
        count = 0
        for name, read in members:
            if isinstance(read, Alias):
                continue
            read = read and _Once(read)
            for path in self._names("/".join(plain(name)), ()):
                count += SMALLEST
                self._check(count)
                yield path, read

    def broken(self) -> Members:
        for path, shown, why in self._db.execute("SELECT path, shown, why FROM link WHERE NOT used ORDER BY number"):
            yield _text(path), Link(partial(_refuse, _text(path), _text(shown), why or "which is not in the archive"))

    def _real(self, path: str) -> str | None:
        """The path without links in it; None where that leads out of the archive or to no end."""
        for _ in range(MOST_STEPS):
            parts = path.split("/")
            for length in range(1, len(parts) + 1):
                link = "/".join(parts[:length])
                row = self._db.execute("SELECT target FROM link WHERE path = ?", (_stored(link),)).fetchone()
                if row is not None:
                    break
            else:
                return path
            if row[0] is None:
                return None
            path = "/".join(part for part in (_text(row[0]), *parts[length:]) if part)
        return None

    def _names(self, path: str, through: tuple[int, ...]) -> Iterator[str]:
        """Other paths of a member, by the links that lead to it or to a folder around it."""
        parts = path.split("/")
        around = [_stored("/".join(parts[:length])) for length in range(1, len(parts) + 1)]
        query = (
            f"SELECT number, path, real, used FROM link WHERE why IS NULL AND real IN ({', '.join('?' * len(around))})"
        )
        for number, link, real, used in self._db.execute(f"{query} ORDER BY number", around):
            link = _text(link)
            if number in through:
                raise LadderError(f"{printable(link)}: a link to a folder that it lies in itself; remove it")
            if not used:
                self._db.execute("UPDATE link SET used = 1 WHERE number = ?", (number,))
            other = link + path[len(_text(real)) :]
            yield other
            yield from self._names(other, (*through, number))


class _Once:
    """The bytes of a member, which are read from the archive once."""

    def __init__(self, read: Callable[..., bytes]) -> None:
        self._read, self._data = read, None

    def __call__(self, head: int | None = None) -> bytes:
        if self._data is None:
            if head is not None:
                return self._read(head=head)
            self._data = self._read()
        return self._data[:head]


def _within(folder: str, target: str) -> str | None:
    """The path in the archive that a target means, seen from a folder; None for one outside."""
    if target.startswith("/"):
        return None
    parts = plain(folder)
    for part in plain(target):
        if part != "..":
            parts.append(part)
        elif not parts:
            return None
        else:
            parts.pop()
    return "/".join(parts)


def _refuse(path: str, target: str, why: str) -> NoReturn:
    raise LadderError(f"{printable(path)}: a link to '{printable(target)}', {why}; put what it means in its place")


def _stored(text: str | None) -> bytes | None:
    # Names may have bytes that are no UTF-8, which SQLite's text cannot hold.
    return None if text is None else text.encode("utf-8", "surrogateescape")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
