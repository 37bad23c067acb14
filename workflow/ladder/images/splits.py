"""Which folders of a source hold the training images and which the validation images.

They are those that the config names, or else those of the usual names, in any case. A source that has images for
validation and for a test is validated on the former. Split folders lie at the top or one folder below it; the folder
around them may have a usual name itself, as in Kaggle's train.zip, with train/train/ and train/valid/ in it.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from ladder.errors import LadderError

USUAL = {
    "train": ("train", "training"),
    "valid": ("valid", "val", "validation"),
    "test": ("test", "testing"),
}
# Kinds of folders that serve as a split, the better ones first, and what the split is called.
SERVES = {"train": ("train",), "valid": ("valid", "test")}
CALLED = {"train": "training", "valid": "validation"}
MOST_NAMED = 12  # folders in an error's sentence


class Names(NamedTuple):
    """The split folders that the config names; None means one of the usual names.

    A name with slashes is the path of a folder in the source, which may lie at any depth.
    """

    train: str | None = None
    valid: str | None = None

    def kinds(self, parts: list[str]) -> tuple[str | None, ...]:
        """What the folders of a path are by their names, keys of USUAL or None, up to the one that may be a split's.

        That is the one whose path the config names; else the first of a known name at the top or one folder below it,
        and where both have such a name the second. Empty where there is none.
        """
        for length in range(2, len(parts) + 1):
            path = "/".join(parts[:length])
            if kind := next((kind for kind in self._fields if getattr(self, kind) == path), None):
                return (*(length - 1) * [None], kind)
        kinds = [self._kind(part) for part in parts[:2]]
        while kinds and kinds[-1] is None:
            kinds.pop()
        return tuple(kinds)

    def _kind(self, name: str) -> str | None:
        for kind in self._fields:
            if getattr(self, kind) == name:
                return kind
        for kind, usual in USUAL.items():
            if name.lower() in usual and (self.train if kind == "train" else self.valid) is None:
                return kind
        return None


def named(train: str | None, valid: str | None) -> Names:
    """The names of the config as paths are compared with them."""
    return Names(*(name and unicodedata.normalize("NFC", name).strip("/") for name in (train, valid)))


UNNAMED = Names()


class Folder(NamedTuple):
    """A folder that may be a split's: its path in the source, and of each part of that what it is by its name."""

    path: str
    kinds: tuple[str | None, ...]


class Use(NamedTuple):
    """What a folder is used for: a split, and where it is no split's folder itself but one of a class, that one's."""

    split: str
    within: str | None = None


def choose(
    classes: Mapping[Folder, Collection[str]], names: Names, others: Callable[[], Iterable[str]]
) -> dict[str, Use]:
    """What each folder is used for, by its path; those that are used for nothing are left out.

    classes  the folders that may be a split's, with the names of the folders in each
    names    as the config has them
    others   returns other folders of the source, for the sentence that misses one

    Raises LadderError where a split has no folder, or more than one.
    """
    tops = {folder.path.split("/")[0]: folder.kinds[0] for folder in classes if folder.kinds[0]}
    inside = {top: [folder for folder in classes if folder.path.startswith(f"{top}/")] for top in tops}
    within: dict[str, set[str]] = {
        top: {*classes.get(Folder(top, (kind,)), ()), *(folder.path.split("/")[1] for folder in inside[top])}
        for top, kind in tops.items()
    }
    candidates: dict[str, list[str]] = defaultdict(list)
    filled: dict[str, bool] = {}
    for folder in classes:
        filled[folder.path] = bool(classes[folder])
        if folder.kinds[0] is None:
            candidates[folder.kinds[-1]].append(folder.path)
    for top, kind in tops.items():
        folders = _wrapped(top, kind, within, inside)
        for folder in folders:
            candidates[folder.kinds[-1]].append(folder.path)
        if not folders:
            candidates[kind].append(top)
            filled[top] = bool(within[top])
    chosen = {}
    for split in SERVES:
        chosen[split] = _one(split, candidates, filled)
        if chosen[split] is None:
            raise LadderError(_missing(split, names, sorted({*others(), *filled})))
    uses = {}
    for split, path in chosen.items():
        uses |= {folder.path: Use(split, path) for folder in inside.get(path, ())}
        uses[path] = Use(split)
    return uses


def _wrapped(top: str, kind: str, within: dict[str, set[str]], inside: dict[str, list[Folder]]) -> list[Folder]:
    """The split folders in a folder that has a usual name and yet is around them; none where it is a split's itself.

    It is around them where it holds folders of both splits, unless another at the top has folders of such names too:
    then they are classes. And so it is where it holds nothing but a folder of its own kind, train/train/.
    """
    kinds = {folder.kinds[1] for folder in inside[top]}
    alike = any(within[top] & within[other] for other in within if other != top)
    if "train" in kinds and kinds & {*SERVES["valid"]} and not alike:
        return inside[top]
    return inside[top] if len(within[top]) == 1 and kinds == {kind} else []


def _one(split: str, candidates: dict[str, list[str]], filled: dict[str, bool]) -> str | None:
    """The folder of a split; None where there is none."""
    for kind in SERVES[split]:
        paths = sorted(path for path in candidates[kind] if filled[path])
        if len(paths) > 1:
            raise LadderError(
                f"several folders may hold the {CALLED[split]} images: {_listed(paths)}; say which as `{split}` of the "
                f"dataset ({split}: {paths[-1]}), or remove the others"
            )
        if paths:
            return paths[0]
    if empty := [path for kind in SERVES[split] for path in candidates[kind]]:
        raise LadderError(
            f"{empty[0]}: no class folders in it; the {CALLED[split]} images must lie in {empty[0]}/<class>/<image>"
        )
    return None


def _missing(split: str, names: Names, there: list[str]) -> str:
    name = getattr(names, split)
    usual = [word for kind in SERVES[split] for word in USUAL[kind]]
    wanted = f"{name}/, as `{split}` of the dataset says" if name else f"{', '.join(usual[:-1])} or {usual[-1]}"
    elsewhere = "" if name else f", or the folder that `{split}` of the dataset names"
    return (
        f"no folder with the {CALLED[split]} images: expected {wanted}, at the top or one folder below{elsewhere}; "
        f"there {'is' if len(there) == 1 else 'are'} {_listed(there) if there else 'no folders'}"
    )


def _listed(paths: list[str]) -> str:
    more = [f"{len(paths) - MOST_NAMED} more"] if len(paths) > MOST_NAMED else []
    return ", ".join([*(f"{path}/" for path in paths[:MOST_NAMED]), *more])
