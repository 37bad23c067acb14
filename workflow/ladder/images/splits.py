"""Choice of the folders of a source that hold the training, validation and test images: the split folders.

The config may name the split folders. If not, usual names in upper or lower case find them. If a source
has test images and no validation images, the test images are used for validation.

Split folders lie at the top or one folder below it. The folder around them may have a usual name itself: Kaggle's
train.zip holds train/train/ and train/valid/.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from ladder.errors import LadderError

SPLITS = ("train", "valid", "test")
USUAL = {
    "train": ("train", "training"),
    "valid": ("valid", "val", "validation"),
    "test": ("test", "testing"),
}
# Kinds of folders that can serve as each split, in order of preference, and the split's name in messages.
SERVES = {"train": ("train",), "valid": ("valid", "test"), "test": ("test",)}
CALLED = {"train": "training", "valid": "validation", "test": "test"}
MOST_NAMED = 12  # most folders that an error message names


class Names(NamedTuple):
    """Names of the split folders in the config; None stands for any usual name.

    A name with slashes is the path of a folder at any depth of the source.
    """

    train: str | None = None
    valid: str | None = None
    test: str | None = None

    def serves(self, split: str, drawn: Collection[str] = ()) -> tuple[str, ...]:
        """Return the kinds of folders that can serve as a split.

        A test folder serves for validation, unless the config names one of the two or has validation images drawn.
        """
        return ("valid",) if split == "valid" and (self.valid or self.test or drawn) else SERVES[split]

    def kinds(self, parts: list[str]) -> tuple[str | None, ...]:
        """Return the kind of each folder of a path by its name, up to the folder that may be a split folder.

        A kind is a key of USUAL, or None for an unknown name. The folder that may be a split folder is the folder whose
        path the config names, or else the last folder of a known name among the first two. The tuple is empty without
        such a folder.
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
            if name.lower() in usual and getattr(self, kind) is None:
                return kind
        return None


def named(train: str | None = None, valid: str | None = None, test: str | None = None) -> Names:
    """Return the names in the config in the form of a source's paths: in NFC, without slashes at the ends."""
    return Names(*(name and unicodedata.normalize("NFC", name).strip("/") for name in (train, valid, test)))


UNNAMED = Names()


class Folder(NamedTuple):
    """A folder that may be a split folder: its path in the source, and the kind of each folder in that path."""

    path: str
    kinds: tuple[str | None, ...]


POOL = Folder("", ())  # stands for the split folder of images whose split is decided when all are known


class Use(NamedTuple):
    """Use of a folder for a split; `within` is the path of the split folder if the folder is one of its classes."""

    split: str
    within: str | None = None


def choose(
    classes: Mapping[Folder, Collection[str]],
    names: Names,
    more_folders: Callable[[], Iterable[str]],
    drawn: Collection[str] = (),
) -> dict[str, Use]:
    """Return the use of each folder by its path, without folders that serve no split.

    classes       the folders that may be split folders, with the names of the folders in each
    names         names of the split folders in the config
    more_folders  function that returns further folders of the source, for the message that a split folder is missing
    drawn         splits that are drawn from the training images; then without a training folder no folder is chosen

    Raises LadderError if a split has no folder, or several. Test images may be missing, unless the config names them.
    """
    tops = {folder.path.split("/")[0]: folder.kinds[0] for folder in classes if folder.kinds[0]}
    inside = {top: [folder for folder in classes if folder.path.startswith(f"{top}/")] for top in tops}
    candidates, filled = _candidates(classes, tops, inside)
    chosen = {}
    for split in SERVES:
        path = _folder_of(split, names, drawn, candidates, filled)
        if split in drawn:
            _refuse_drawn(split, path, names)
        elif path is not None and path not in chosen.values():
            chosen[split] = path
        elif getattr(names, split) or (split != "test" and not drawn):
            raise LadderError(_missing(split, names, sorted({*more_folders(), *filled})))
    if drawn and "train" not in chosen:
        return {}
    uses = {}
    for split, path in chosen.items():
        uses |= {folder.path: Use(split, path) for folder in inside.get(path, ())}
        uses[path] = Use(split)
    return uses


def _candidates(
    classes: Mapping[Folder, Collection[str]], tops: dict[str, str], inside: dict[str, list[Folder]]
) -> tuple[dict[str, list[str]], dict[str, bool]]:
    """Return the folders that may serve each kind of split, and for each folder whether it has class folders.

    tops    folder at the top to the kind of split that its name says
    inside  folder at the top to the folders in it
    """
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
    return candidates, filled


def _wrapped(top: str, kind: str, within: dict[str, set[str]], inside: dict[str, list[Folder]]) -> list[Folder]:
    """Return the split folders in a folder `top` of a usual name; none if `top` is a split folder itself.

    The folders in `top` are split folders if there are folders of both splits. But if another folder at the top holds
    folders of the same names, they are classes. A single folder of the same kind as `top`, such as train/train/, is a
    split folder as well.
    """
    kinds = {folder.kinds[1] for folder in inside[top]}
    alike = any(within[top] & within[other] for other in within if other != top)
    if "train" in kinds and kinds & {*SERVES["valid"]} and not alike:
        return inside[top]
    return inside[top] if len(within[top]) == 1 and kinds == {kind} else []


def _folder_of(
    split: str, names: Names, drawn: Collection[str], candidates: dict[str, list[str]], filled: dict[str, bool]
) -> str | None:
    """Return the folder of a split; None if there is none."""
    for kind in names.serves(split, drawn):
        paths = sorted(path for path in candidates[kind] if filled[path])
        if len(paths) > 1 and split == "test" and not names.test:
            return None  # of several test folders none is taken, since a study needs no test images
        if len(paths) > 1:
            raise LadderError(
                f"several folders may hold the {CALLED[split]} images: {_listed(paths)}; name one as `{split}` of the "
                f"dataset ({split}: {paths[-1]}), or remove the others"
            )
        if paths:
            return paths[0]
    if split in drawn or (split == "test" and not names.test):
        return None  # test images of a competition have no class folders
    if empty := [path for kind in names.serves(split, drawn) for path in candidates[kind]]:
        raise LadderError(
            f"{empty[0]}: no class folders in it; the {CALLED[split]} images must lie in {empty[0]}/<class>/<image>"
        )
    return None


def _refuse_drawn(split: str, path: str | None, names: Names) -> None:
    """Raise LadderError if the images of a split that is to be drawn are there already."""
    if path is not None or getattr(names, split):
        raise LadderError(
            f"{split}_fraction: {path or getattr(names, split)}/ holds the {CALLED[split]} images; leave out one"
        )


def _missing(split: str, names: Names, there: list[str]) -> str:
    name = getattr(names, split)
    usual = [word for kind in names.serves(split) for word in USUAL[kind]]
    wanted = f"{name}/, as `{split}` of the dataset says" if name else f"{', '.join(usual[:-1])} or {usual[-1]}"
    elsewhere = "" if name else f", or the folder that `{split}` of the dataset names"
    return (
        f"no folder with the {CALLED[split]} images: expected {wanted}, at the top or one folder below{elsewhere}; "
        f"there {'is' if len(there) == 1 else 'are'} {_listed(there) if there else 'no folders'}"
    )


def _listed(paths: list[str]) -> str:
    more = [f"{len(paths) - MOST_NAMED} more"] if len(paths) > MOST_NAMED else []
    return ", ".join([*(f"{path}/" for path in paths[:MOST_NAMED]), *more])
