"""The results of a benchmark: lines that compare with a limit, tables, and the file that keeps them."""

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ladder.formats.files import write_json


@dataclass(frozen=True)
class Limit:
    """The value to reach: `at most`, `at least` or `above` it; `aim` is a better value that is hoped for."""

    relation: str
    value: float
    aim: float | None = None

    def holds(self, value: float) -> bool:
        return self._compare(value, self.value)

    def aim_holds(self, value: float) -> bool:
        return self.aim is not None and self._compare(value, self.aim)

    def _compare(self, value: float, bound: float) -> bool:
        if self.relation == "above":
            return value > bound
        return value <= bound if self.relation == "at most" else value >= bound


@dataclass(frozen=True)
class Line:
    """One thing measured n times, next to its opponent or on its own.

    The number that is compared with `limit` is the median or mean (`statistic`) of the pairs' ratios ours / theirs, or
    of the measured values where there is no opponent.
    """

    what: str
    ours: list[float]
    unit: str
    against: str = ""
    theirs: list[float] | None = None
    limit: Limit | None = None
    statistic: str = "median"
    note: str = ""

    @property
    def ratios(self) -> list[float] | None:
        """Ours / theirs of each pair."""
        if self.theirs is None:
            return None
        return [mine / opponent for mine, opponent in zip(self.ours, self.theirs, strict=True)]

    def middle(self, values: list[float]) -> float:
        return statistics.mean(values) if self.statistic == "mean" else statistics.median(values)

    @property
    def judged(self) -> float:
        """The number that is compared with the limit."""
        return self.middle(self.ours if self.ratios is None else self.ratios)


@dataclass(frozen=True)
class Table:
    """A table of its own: rows of text and numbers under `columns`."""

    title: str
    columns: list[str]
    rows: list[list]
    note: str = ""


@dataclass(frozen=True)
class Row:
    """The results of one row of the benchmark, with their time and commit, and the load of the machine before it."""

    measured: str
    commit: str
    load: float
    lines: list[Line] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    failure: str = ""


def save(path: Path, machine: dict[str, str], rows: dict[str, Row]) -> None:
    """Keep the raw values."""
    write_json(path, {"machine": machine, "rows": {name: asdict(row) for name, row in rows.items()}})


def load(path: Path, machine: dict[str, str]) -> dict[str, Row]:
    """Return the rows that are kept; none if they are of another machine or of other versions."""
    if not path.exists():
        return {}
    kept = json.loads(path.read_text(encoding="utf-8"))
    if kept["machine"] != machine:
        return {}
    return {name: _row(row) for name, row in kept["rows"].items()}


def _row(row: dict) -> Row:
    lines = [Line(**line | {"limit": Limit(**line["limit"]) if line["limit"] else None}) for line in row["lines"]]
    return Row(**row | {"lines": lines, "tables": [Table(**table) for table in row["tables"]]})
