"""Where the class and the split of an image stand: in its folders, a table, lists, or a pattern; or the split is drawn.

By default both are folders, <split>/<class>/<image>. Otherwise images are pooled: they are listed by their paths first,
and pool.py gives them classes and splits when all are known.
"""

from dataclasses import dataclass, field

from ladder.images.entry import Entry, locate
from ladder.images.label_table import spelled
from ladder.images.splits import UNNAMED, Names, named


@dataclass(frozen=True)
class Layout:
    """The settings of a dataset about classes and splits.

    names         names of the split folders
    table         path of a table, in the data or on this machine; `columns` names its columns path, label, split, group
    label, group  patterns to search in the path of an image; each has a group of its own name
    lists         split to the path of a list of images
    shares        split to the share of images that is drawn for it, with `seed`
    """

    names: Names = UNNAMED
    table: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    label: str | None = None
    group: str | None = None
    lists: dict[str, str] = field(default_factory=dict)
    shares: dict[str, float] = field(default_factory=dict)
    seed: int = 0

    @property
    def is_pooled(self) -> bool:
        """Whether classes and splits are given when all images are known."""
        return bool(self.table or self.label or self.group or self.lists or self.shares)

    @property
    def files(self) -> list[str]:
        """Paths of the table and the lists."""
        return [*filter(None, [self.table]), *self.lists.values()]

    def in_table(self, key: str) -> bool:
        """Return whether the table has a column for `key`, which is path, label, split or group.

        Paths are always read. Classes are, unless a pattern gives them, or `columns` names split or group alone.
        """
        default = key == "path" or (key == "label" and not self.label and not {*self.columns} & {"split", "group"})
        return self.table is not None and (key in self.columns or default)

    @property
    def has_class_folders(self) -> bool:
        return not (self.label or self.in_table("label"))

    @property
    def has_split_folders(self) -> bool:
        return not (self.lists or self.in_table("split"))

    def is_file(self, entry: Entry) -> bool:
        """Return whether an entry of the source is the table or a list."""
        return entry.read is not None and any(
            entry.path == file or entry.path.endswith(f"/{file}") for file in map(spelled, self.files)
        )

    def located(self, entry: Entry) -> Entry:
        """Return an entry with its place; an entry whose class the source knows has one already."""
        return entry if entry.is_labelled else locate(entry.path, entry.read, self.names, self.is_pooled)


AS_FOLDERS = Layout()


def of_settings(
    train: str | None = None,
    valid: str | None = None,
    test: str | None = None,
    valid_fraction: float | None = None,
    test_fraction: float | None = None,
    split_seed: int = 0,
    **fields,
) -> Layout:
    """Return the layout of a dataset's settings; `fields` are more fields of Layout."""
    shares = {"test": test_fraction, "valid": valid_fraction}
    given = {key: value for key, value in fields.items() if value}
    return Layout(
        named(train, valid, test),
        shares={split: share for split, share in shares.items() if share},
        seed=split_seed,
        **given,
    )
