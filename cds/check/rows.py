"""The rows of the clinical reference, as the list of their ids states them."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from cds.errors import Location
from cds.knowledge.csv_tables import read_table
from cds.knowledge.documents import Problems
from cds.knowledge.schema import suggest

TABLE = "knowledge/reference_rows.csv"
_COLUMNS = ("id", "file", "section", "severity")
_MAY_BE_EMPTY = ("section", "severity")


class Row(Struct, frozen=True):
    """One row of the reference: its id, where it stands, and its severity where it states one."""

    id: str
    file: str
    section: str
    severity: str
    location: Location


def load_rows(root: Path, problems: Problems) -> Mapping[str, Row]:
    """The rows of the reference by id; one that stands twice is a problem."""
    found: dict[str, Row] = {}
    for place, cells in read_table(root / TABLE, root, _COLUMNS, problems, _MAY_BE_EMPTY):
        if cells["id"] in found:
            problems.add(f"The row '{cells['id']}' stands twice. Keep one.", place)
        found[cells["id"]] = Row(**cells, location=place)
    return found


def is_row(id_: str, rows: Mapping[str, Row], at: Location, problems: Problems) -> bool:
    """Whether the reference has this row; a problem at the place that names it when not."""
    if id_ not in rows:
        problems.add(
            f"'{id_}' is no row of the clinical reference. Correct it.{suggest(id_, rows)}", at
        )
    return id_ in rows
