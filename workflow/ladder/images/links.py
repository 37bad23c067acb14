"""Links of an archive, replaced by their targets in the archive.

The operating system follows the links of a folder. An archive is a stream, in which the target may come before or after
the link. So the archive is read twice: the links are stored while all other members are read, and the second reading
yields their targets. The links are stored in a database on disk, since an archive may have as many links as images.
"""

import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from typing import NoReturn

from ladder.errors import LadderError
from ladder.images.entry import HARD_LINK, Link, plain, printable, refuse_kind

Members = Iterator[tuple[str, Callable[..., bytes] | None]]
MOST_STEPS = 40  # most links that are followed one after the other, the limit of Linux
SMALLEST = 4096  # bytes that each file read through a link counts against the limit on an archive's size


class Alias:
    """A link of an archive; reading it raises LadderError.

    kind    `stat.S_IFLNK` for a target relative to the link's folder, HARD_LINK for a target that is a member's path
    target  function that returns the target
    """

    def __init__(self, name: str, kind: int, target: Callable[[], str]) -> None:
        self.target, self.is_hard = target, kind == HARD_LINK
        self._refuse = partial(refuse_kind, name, kind)

    def __call__(self, head: int | None = None) -> bytes:
        return self._refuse() if head is None else b""


def resolved(members: Callable[[], Members], check: Callable[[int], None]) -> Members:
    """Yield the members of an archive without its links, and then the targets of the links, under the links' names.

    members  function that yields all members at each call; a member can be read until the next one is taken
    check    function that takes a lower bound of the bytes read through links so far, and raises if they are too many

    A link that leads out of the archive, to nothing in it, or in a circle becomes a `Link`; reading it raises
    LadderError. Raises LadderError for a folder that two or more links put into itself.
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
    """The links of an archive, in a database.

    path    path of the link
    target  path of the target in the archive, NULL outside of it
    shown   target as the link spells it
    real    path of the target after all links are followed
    why     words for a target that cannot be followed, or NULL
    used    whether the archive has the target
    """

    def __init__(self, check: Callable[[int], None]) -> None:
        self._check = check
        self._db = sqlite3.connect("")  # SQLite deletes this temporary file by itself
        self._db.execute(
            "CREATE TABLE link (number INTEGER PRIMARY KEY, path, target, shown, real, why, used DEFAULT 0)"
        )

    def add(self, name: str, alias: Alias) -> None:
        target, path = alias.target(), "/".join(plain(name))
        within = _within("" if alias.is_hard else path.rpartition("/")[0], target)
        row = (*map(_stored, (path, within, target)), "which is outside the archive" if within is None else None)
        self._db.execute("INSERT INTO link (path, target, shown, why) VALUES (?, ?, ?, ?)", row)

    def resolve(self) -> None:
        """Find the target of each link, with all links on the way followed."""
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
        """Yield the members that links lead to, under the links' names, in the order of the archive."""
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
        """Return the path without links in it; None if it leads out of the archive or in a circle."""
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
        """Yield the other paths of a member, through links to the member or to a folder around it."""
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
            name = link + path[len(_text(real)) :]
            yield name
            yield from self._names(name, (*through, number))


class _Once:
    """The bytes of a member, read from the archive once and then kept."""

    def __init__(self, read: Callable[..., bytes]) -> None:
        self._read, self._data = read, None

    def __call__(self, head: int | None = None) -> bytes:
        if self._data is None:
            if head is not None:
                return self._read(head=head)
            self._data = self._read()
        return self._data[:head]


def _within(folder: str, target: str) -> str | None:
    """Return the path in the archive of a target relative to a folder; None for a target outside of the archive."""
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
    raise LadderError(f"{printable(path)}: a link to '{printable(target)}', {why}; put the target in its place")


def _stored(text: str | None) -> bytes | None:
    # SQLite's text cannot hold bytes that are not UTF-8, and names may have such bytes.
    return None if text is None else text.encode("utf-8", "surrogateescape")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
