"""Strict CSV: the header is exactly what was declared, every row is complete and knows its line."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cds.errors import Location
from cds.knowledge.documents import Problems


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its cells by column, and where it stands."""

    cells: dict[str, str]
    location: Location

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def items(self, column: str) -> tuple[str, ...]:
        """The cell's parts, separated by ';'; an empty cell has none."""
        return tuple(part for part in self.cells[column].split(";") if part)


def read_table(path: Path, root: Path, columns: Sequence[str], problems: Problems) -> Iterator[Row]:
    """Each row whose shape is right; every other one is noted as a problem."""
    name = path.relative_to(root).as_posix()
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        header = next(reader, [])
        if header != list(columns):
            problems.add(
                "The first line does not name the expected columns, so cells could be misread. "
                f"Write: {','.join(columns)}.",
                Location(name, 1),
            )
            return
        for cells in reader:
            place = Location(name, reader.line_num)
            if len(cells) != len(columns):
                problems.add(
                    f"This row has {len(cells)} cells, the table has {len(columns)} columns. "
                    "A shifted cell changes a dose. Quote texts that hold a comma.",
                    place,
                )
                continue
            yield Row(dict(zip(columns, cells, strict=True)), place)


def parse_number(row: Row, column: str, problems: Problems) -> float | None:
    """The number of a cell; None, with a problem noted, when it is not a plain one."""
    text = row[column]
    if text.replace(".", "", 1).isdigit() and text.isascii():
        return float(text)
    problems.add(
        f"'{column}' is not a plain number. A bound that cannot be read is no bound. "
        "Write it like 12 or 1.5.",
        row.location,
    )
    return None


def parse_flag(row: Row, column: str, problems: Problems) -> bool:
    """Y is true, N is false; anything else is noted as a problem."""
    return parse_code(row, column, ("Y", "N"), problems) == "Y"


def parse_code(row: Row, column: str, allowed: Sequence[str], problems: Problems) -> str:
    """The cell, checked against the codes that the column may hold."""
    text = row[column]
    if text not in allowed:
        problems.add(
            f"'{column}' holds a code that is not known here. A filter would miss it. "
            f"Use one of: {', '.join(allowed)}.",
            row.location,
        )
    return text
