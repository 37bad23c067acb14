"""The results as Markdown."""

from collections.abc import Iterator

from benchmarks.results import Limit, Line, Row, Table

INTRODUCTION = """\
# Benchmarks

Written by `make benchmark`. A line measures ours and its opponent by turns, n times each. It gives the median and, in
brackets, the smallest and the largest; a ratio is the median of the pairs' own ratios. Accuracies are means. All values
are in `results.json`."""
COMPARED = ["what", "against", "ours", "theirs", "n", "ratio", "to reach", "reached"]


def page(machine: dict[str, str], rows: dict[str, Row]) -> str:
    """Return the whole page, in the order of the rows."""
    parts = [INTRODUCTION, "## Machine", *_table(["", ""], [[name, value] for name, value in machine.items()])]
    lines = [line for row in rows.values() for line in row.lines]
    if lines:
        parts += ["## Side by side", *_table(COMPARED, [_cells(line) for line in lines])]
        parts += [f"- {line.what}: {line.note}" for line in lines if line.note]
    tables = [table for row in rows.values() for table in row.tables]
    if tables:
        parts += ["## Where the seconds go", *(part for table in tables for part in _titled(table))]
    parts += ["## Runs", *_table(["row", "measured", "commit", "load before", ""], list(_runs(rows)))]
    return _joined(parts)


def number(value: float) -> str:
    """Return a number with three significant digits or more: 12.3, 1,234, 0.0123; four after the point just below 1."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if 0.9 <= abs(value) < 1:
        return f"{value:.4f}"
    return f"{value:#.3g}" if value else "0"


def spread(line: Line, values: list[float], unit: str = "") -> str:
    """Return the middle of the values, and the smallest and the largest if there are several."""
    text = number(line.middle(values)) + (f" {unit}" if unit else "")
    return text if len(values) == 1 else f"{text} ({number(min(values))} .. {number(max(values))})"


def reach(limit: Limit | None, unit: str = "") -> str:
    """Return a limit as text, such as `at most 0.8, aim 0.5`. A limit of a ratio has no unit."""
    if limit is None:
        return ""
    text = f"{limit.relation} {limit.value:.4g}" + (f" {unit}" if unit else "")
    return text if limit.aim is None else f"{text}, aim {limit.aim:g}"


def verdict(line: Line) -> str:
    """Return whether the limit, and its aim, is reached."""
    if line.limit is None:
        return ""
    if not line.limit.holds(line.judged):
        return "**no**"
    return "yes, and the aim" if line.limit.aim_holds(line.judged) else "yes"


def _cells(line: Line) -> list[str]:
    ratios = line.ratios
    return [
        line.what,
        line.against,
        spread(line, line.ours, line.unit),
        "" if line.theirs is None else spread(line, line.theirs, line.unit),
        str(len(line.ours)),
        "" if ratios is None else spread(line, ratios),
        reach(line.limit, line.unit if ratios is None else ""),
        verdict(line),
    ]


def _titled(table: Table) -> Iterator[str]:
    yield f"### {table.title}"
    yield from _table(table.columns, table.rows)
    if table.note:
        yield f"\n{table.note}"


def _runs(rows: dict[str, Row]) -> Iterator[list]:
    for name, row in rows.items():
        failed = " ".join(row.failure.split())
        yield [f"`{name}`", row.measured, row.commit, f"{row.load:.1f}", f"not measured: {failed}" if failed else ""]


def _table(columns: list[str], rows: list[list]) -> Iterator[str]:
    """Yield the lines of a Markdown table; a column of numbers alone is aligned to the right."""
    numeric = [bool(rows) and all(not isinstance(row[place], str) for row in rows) for place in range(len(columns))]
    yield _cells_of(columns)
    yield "|" + "|".join("---:" if right else "---" for right in numeric) + "|"
    for row in rows:
        yield _cells_of([_text(cell) for cell in row])


def _text(cell: object) -> str:
    if cell is None:
        return ""
    return number(cell) if isinstance(cell, float) else str(cell)


def _cells_of(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def _joined(parts: list[str]) -> str:
    """Join the lines, with an empty line between lines that are not of one table or list."""
    text, before = "", ""
    for part in parts:
        together = part[:1] in "|-" and part[:1] == before[:1]
        text += ("" if not text else "\n" if together else "\n\n") + part.strip("\n")
        before = part
    return text + "\n"
