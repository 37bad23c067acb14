"""Checks of the classes of a data set: a classifier needs two or more, and each of them needs images in both splits."""

import unicodedata
from collections.abc import Mapping

from ladder.errors import LadderError


def refuse_lacking(counts: Mapping[tuple[str, str], int]) -> None:
    """Raise LadderError for a class without images in a split, and for fewer than two classes.

    counts  number of images by split and class; 0 for a class that a split has, but has no image of
    """
    for (split, label), count in sorted(counts.items()):
        other = "valid" if split == "train" else "train"
        if (other, label) not in counts:
            raise LadderError(
                f"class {label!r} is in the {split} split only; every class needs images in both splits"
                + _alike(counts, label, other)
            )
        if count == 0 and split != "test":
            raise LadderError(f"class {label!r} has no image in the {split} split; add images or remove the folder")
    if len(labels := sorted({label for _, label in counts})) < 2:
        raise LadderError(f"only one class, {labels[0]!r}; a classifier needs two or more class folders")


def _alike(counts: Mapping[tuple[str, str], int], label: str, split: str) -> str:
    """Return words about a class in `split` whose name looks like `label`; empty if there is none."""
    for other_split, other in sorted(counts):
        if other_split == split and _looks(other) == _looks(label):
            return f" ({other!a} of the {split} split looks like {label!a}, but is another name)"
    return ""


def _looks(name: str) -> str:
    """Return a name without case, spaces, accents and invisible characters; names that look alike become equal."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in folded if unicodedata.category(character) not in ("Cf", "Zs", "Mn"))
