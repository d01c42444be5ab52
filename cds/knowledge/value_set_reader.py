"""Reads the files of the terminology, YAML headers and CSV tables, and notes every fault."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from marshmallow import Schema
from msgspec import Struct

from cds.errors import Location
from cds.knowledge import value_set_schemas as shapes
from cds.knowledge.code_tables import CodeEntry, CodeSystem
from cds.knowledge.documents import LocatedDict, Problems, line_of
from cds.knowledge.schema import check_document, suggest
from cds.knowledge.table_rows import read_rows
from cds.knowledge.yaml_reader import read_document

Cells = Mapping[str, str]
Rows = list[tuple[Location, Cells]]


class Header(Struct, frozen=True):
    """A checked YAML file, with the lines of its parts."""

    name: str
    document: LocatedDict
    loaded: Mapping[str, Any]

    def location(self, *path: str | int) -> Location:
        return Location(self.name, line_of(self.document, path))


class TableReader(Struct, frozen=True):
    """Reads files under the root and notes every fault."""

    root: Path
    problems: Problems
    by_name: Mapping[str, CodeSystem] | None = None

    def header(self, name: str, schema: Schema) -> Header:
        """The checked header; an empty one after a fault was noted."""
        path, shown = self.root / "knowledge" / name, f"knowledge/{name}"
        document = None
        if path.is_file():
            document = read_document(path, self.root, self.problems)
        else:
            self.problems.add(
                "The file is missing. Codes mean nothing without it.", Location(shown, 1)
            )
        if document is None:
            return Header(shown, LocatedDict(1), {})
        return Header(shown, document, check_document(shown, document, schema, self.problems) or {})

    def systems(self) -> dict[str, CodeSystem]:
        """The code systems by short name."""
        header = self.header("systems.yaml", shapes.SystemsSchema())
        found: dict[str, CodeSystem] = {}
        for index, item in enumerate(header.loaded.get("systems", ())):
            try:
                pattern = re.compile(item["pattern"])
            except re.error:
                where = header.location("systems", index, "pattern")
                self.problems.add("This is not a regular expression. Mend the pattern.", where)
                continue
            also = tuple(item["also"])
            found[item["name"]] = CodeSystem(item["name"], item["uri"], also, pattern, item["dot"])
        return found

    def rows(self, name: str, columns: Sequence[str], empty: Sequence[str] = ()) -> Rows:
        """The sound rows of a table; a cell may be blank only in the columns of `empty`."""
        path = self.root / "knowledge" / name
        if not path.is_file():
            where = Location(f"knowledge/{name}", 1)
            self.problems.add("The table is missing. Codes mean nothing without it.", where)
            return []
        sound: Rows = []
        for row in read_rows(path, self.root, columns, self.problems):
            faults = [fault for c in columns if (fault := _fault(c, row[c], c in empty))]
            for fault in faults:
                self.problems.add(fault, row.location)
            if not faults:
                sound.append((row.location, row.cells))
        return sound

    def labels(self, rows: Rows, column: str) -> dict[str, str]:
        """Each id with its one label."""
        found: dict[str, str] = {}
        for where, row in rows:
            if found.setdefault(row[column], row["label"]) != row["label"]:
                self.problems.add(f"'{row[column]}' has two labels. Keep one.", where)
        return found

    def entries(self, rows: Rows, column: str, labels: Mapping[str, str]) -> list[CodeEntry]:
        """The rows as code entries, each with a known id, a known system and a sound code."""
        found: dict[tuple[str, ...], CodeEntry] = {}
        for where, row in rows:
            system = (self.by_name or {}).get(row["system"])
            if system is None:
                close = suggest(row["system"], self.by_name or {})
                self.problems.add(
                    f"The system '{row['system']}' is not in systems.yaml.{close}", where
                )
            elif not system.normalise(row["code"]):
                self.problems.add(f"'{row['code']}' is no {system.name} code. Mend it.", where)
            elif self.knows(row[column], labels, where):
                entry = _entry(row, column)
                key = (
                    entry.id,
                    entry.system,
                    entry.code,
                    row.get("ingredient", row.get("name", "")),
                )
                if key in found:
                    self.problems.add("This code stands twice in the set. Keep one.", where)
                found[key] = entry
        return list(found.values())

    def knows(self, id_: str, labels: Mapping[str, str], where: Location) -> bool:
        """Whether the id is known; notes it when not."""
        if id_ in labels:
            return True
        self.problems.add(f"'{id_}' is not a known id here.{suggest(id_, labels)}", where)
        return False


def _fault(column: str, cell: str, may_be_blank: bool) -> str:
    """What is wrong with a cell, or nothing."""
    if cell != cell.strip():
        return f"'{column}' begins or ends with a space. Names are compared exactly. Take it out."
    if not cell and not may_be_blank:
        return f"'{column}' is empty. Fill it in."
    allowed = shapes.ALLOWED_CELLS.get(column)
    if allowed and cell not in allowed:
        return f"'{column}' must be one of: {', '.join(allowed)}."
    return ""


def _entry(row: Cells, column: str) -> CodeEntry:
    return CodeEntry(
        id=row[column],
        system=row["system"],
        code=row["code"],
        display=row.get("display") or row["name"],
        prefix=row.get("match") == "prefix",
        history=row.get("temporal") == "history",
        verified=row.get("status", shapes.VERIFIED) == shapes.VERIFIED,
        local_route=row.get("route") == "local",
        origin=row["verified"],
    )
