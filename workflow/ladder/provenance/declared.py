"""Words that plug-ins list in constants, such as the optimizers of a trainer. No plug-in is imported for them."""

from contextlib import suppress

from ladder.errors import LadderError
from ladder.provenance import source_code


def words(module: str, constant: str) -> tuple[str, ...] | None:
    """Return the words that a library module lists in a constant; None if the constant is no tuple or list of texts."""
    listed = source_code.constants(module).get(constant)
    fits = isinstance(listed, tuple | list) and all(isinstance(word, str) for word in listed)
    return tuple(listed) if fits else None


def words_of_all(folder: str, constant: str) -> list[str]:
    """Return the words that the plug-ins of a folder list in a constant, each word once, sorted.

    A file that cannot be read, for example a half-written file, lists none, since no setting may need it.
    """
    listed: set[str] = set()
    for name in source_code.modules(folder):
        with suppress(LadderError, OSError):
            listed.update(words(f"{folder}.{name}", constant) or ())
    return sorted(listed)
