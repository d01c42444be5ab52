"""Strict CSV: fixed columns, no stray cells, no empty ones unless allowed, rows with lines."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cds.errors import Location
from cds.knowledge.documents import Problems

Row = Mapping[str, str]


def read_table(
    path: Path,
    root: Path,
    columns: Sequence[str],
    problems: Problems,
    may_be_empty: Sequence[str] = (),
) -> Iterator[tuple[Location, Row]]:
    """Each sound row of the table with its place; every other row is noted as a problem."""
    name = path.relative_to(root).as_posix()
    try:
        with path.open(newline="", encoding="utf-8") as file:
            lines = csv.reader(file, strict=True)
            records = [(lines.line_num, record) for record in lines]
    except (OSError, UnicodeDecodeError, csv.Error):
        problems.add("This is not a readable CSV table. Save it as UTF-8.", Location(name, 1))
        return
    if not records or records[0][1] != list(columns):
        expected = ",".join(columns)
        problems.add(f"The first line must be '{expected}'.", Location(name, 1))
        return
    for line, record in records[1:]:
        fault = _fault(record, columns, may_be_empty)
        if fault:
            problems.add(fault, Location(name, line))
        else:
            yield Location(name, line), dict(zip(columns, record, strict=True))


def _fault(record: Sequence[str], columns: Sequence[str], may_be_empty: Sequence[str]) -> str:
    if len(record) != len(columns):
        return (
            f"The row has {len(record)} cells, the table has {len(columns)} columns. "
            "Quote a cell that holds a comma."
        )
    for column, cell in zip(columns, record, strict=True):
        if not cell.strip() and column not in may_be_empty:
            return f"'{column}' is empty. Fill it in."
        if cell != cell.strip():
            return f"'{column}' begins or ends with a space. Take it out."
    return ""
