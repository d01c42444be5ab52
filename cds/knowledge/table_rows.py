"""One row of a table as the loaders read it: cells by column, with the line it stands on."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from cds.errors import Location
from cds.knowledge.csv_tables import Row as Cells
from cds.knowledge.csv_tables import read_table
from cds.knowledge.documents import Problems


class Row(Struct, frozen=True):
    """One row of a table: its cells by column, and where it stands."""

    cells: Cells
    location: Location

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def items(self, column: str) -> tuple[str, ...]:
        """The cell's parts, separated by ';'; an empty cell has none."""
        return tuple(part for part in self.cells[column].split(";") if part)


def read_rows(path: Path, root: Path, columns: Sequence[str], problems: Problems) -> Iterator[Row]:
    """Each row whose shape is right; cells may be empty, every fault is noted as a problem."""
    for location, cells in read_table(path, root, columns, problems, may_be_empty=columns):
        yield Row(cells, location)


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
